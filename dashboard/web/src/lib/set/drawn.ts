/** What the curve of a stored set is drawn with: its phases, its reps, the names of what went wrong. */

import type { Curve } from '$lib/api/types';
import type { PhaseSpan } from '$lib/charts/phase-cut';
import { number } from '$lib/format';
import { t, tWord } from '$lib/i18n/index.svelte';
import { worstPhase, type RepView, type SteadyView } from '$lib/score/view';

const LEAST_TOP_N = 5;

export interface Mark {
  atS: number;
  text: string;
}

export const endOf = (curve: Curve | null): number => curve?.time_s.at(-1) ?? 0;

/** The top of the axis that shows all of the curve, newtons. */
export const topOf = (curve: Curve | null): number => (curve ? curve.tension_n.reduce<number>((max, n) => Math.max(max, n ?? 0), LEAST_TOP_N) : LEAST_TOP_N);

export function phaseSpans(reps: readonly RepView[], words = true): PhaseSpan[] {
  return reps.flatMap((rep) =>
    rep.phases.map((phase) => ({ key: phase.key, startS: phase.startS, endS: phase.endS, label: words ? `${t(`phase.${phase.key}`)} ${number(phase.seconds, 1)}` : '' })),
  );
}

export function repTicks(reps: readonly RepView[], looked: readonly RepView[]): { number: number; startS: number; endS: number; look: boolean }[] {
  return reps.map((rep) => ({ number: rep.number, startS: rep.startS, endS: rep.endS, look: looked.includes(rep) }));
}

/** The first fault of each rep, at the phase that was off most. */
export function faultMarks(reps: readonly RepView[]): Mark[] {
  return reps.flatMap((rep) => {
    const phase = worstPhase(rep);
    const atS = phase ? phase.startS + 0.3 * (phase.endS - phase.startS) : rep.startS;
    return rep.faults.slice(0, 1).map((fault) => ({ atS, text: phase ? `${tWord('fault_short', fault)} ${number(phase.seconds, 1)}` : tWord('fault_short', fault) }));
  });
}

export function slackMarks(steady: SteadyView): Mark[] {
  return steady.slack.map((one) => ({ atS: one.startS, text: `${tWord('fault_short', 'slack')} ${number(one.endS - one.startS, 1)}` }));
}

/** The floor of a walk or push-out, if the set has one. */
export function floorOf(steady: SteadyView | null): { newtons: number; word: string } | null {
  return steady?.floorN ? { newtons: steady.floorN, word: t('steady.floor') } : null;
}
