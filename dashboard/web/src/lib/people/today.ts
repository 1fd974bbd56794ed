/** The programme of the day: what is done, what is next, about how long it takes. */

import type { Prescription, SetRecord, Side } from '$lib/api/types';
import { parseTempo, segments } from '$lib/guide/plan';

/** Between two sets, where nothing else is prescribed. */
const REST_S = 30;
/** A rep without prescribed seconds. */
const CALM_REP_S = 4;
const STEP_S = 1;

export interface DayItem {
  plan: Prescription;
  done: number;
  of: number;
  /** When the last of its sets ended, if all are done. */
  doneUs: number | null;
  /** About how long what is left takes, seconds. */
  leftS: number;
  next: boolean;
}

/** Rest where none is prescribed. */
export function restOf(plan: Prescription): number {
  return plan.rest_s ?? REST_S;
}

/**
 * What comes after a set of `last`: straight sets stay with their exercise until it is done, a circuit goes on to
 * the next exercise of the circuit; then whatever is still to be done.
 */
export function nextAfter(day: readonly DayItem[], last: string | null): DayItem | null {
  const left = day.filter((item) => item.done < item.of);
  const at = day.findIndex((item) => item.plan.id === last);
  const same = day[at];
  if (same?.plan.set_order === 'circuit') {
    const round = [...day.slice(at + 1), ...day.slice(0, at + 1)].filter((item) => item.plan.set_order === 'circuit' && item.done < item.of);
    if (round[0]) return round[0];
  }
  return left.find((item) => item === same) ?? left[0] ?? null;
}

/** The side that had fewer sets today, left first: as the server chooses when nobody says. */
export function sideNext(plan: Prescription, unilateral: boolean, sets: readonly SetRecord[], nowMs: number): Side {
  if (plan.side !== 'both' || !unilateral) return plan.side;
  const today = new Date(nowMs).toDateString();
  const own = sets.filter((set) => set.status !== 'discarded' && set.exercise === plan.exercise && new Date(set.started_us / 1000).toDateString() === today);
  const count = (side: Side): number => own.filter((set) => set.side === side).length;
  return count('left') > count('right') ? 'right' : 'left';
}

function setSeconds(plan: Prescription): number {
  if (plan.seconds) return plan.seconds;
  if (plan.steps) return plan.steps * STEP_S;
  const tempo = parseTempo(plan.tempo);
  const rep = tempo?.kind === 'timed' ? (segments(tempo).at(-1)?.endS ?? CALM_REP_S) : CALM_REP_S;
  return rep * (plan.reps_upper ?? plan.reps_lower ?? 10);
}

/** `eachSide` names the prescriptions of exercises that are done once per side. */
export function dayOf(plans: readonly Prescription[], sets: readonly SetRecord[], eachSide: (plan: Prescription) => boolean, nowMs: number): DayItem[] {
  const today = new Date(nowMs).toDateString();
  const own = sets.filter((set) => set.status !== 'discarded' && set.direction !== 'back' && new Date(set.started_us / 1000).toDateString() === today);
  const items = plans
    .filter((plan) => plan.ended_us === null)
    .map((plan) => {
      const of = plan.sets * (plan.side === 'both' && eachSide(plan) ? 2 : 1);
      const ended = own.filter((set) => set.prescription_id === plan.id && set.ended_us !== null);
      const done = Math.min(of, ended.length);
      const doneUs = done >= of ? Math.max(...ended.map((set) => set.ended_us ?? 0)) : null;
      return { plan, done, of, doneUs, leftS: (of - done) * (setSeconds(plan) + REST_S), next: false };
    });
  const first = items.find((item) => item.done < item.of);
  return items.map((item) => ({ ...item, next: item === first }));
}
