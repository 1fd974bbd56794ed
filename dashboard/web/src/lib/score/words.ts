/** Scores in the wearer's words. */

import type { Prescription, Rep, SetRecord } from '$lib/api/types';
import { number } from '$lib/format';
import { language, t, tn, tWord } from '$lib/i18n/index.svelte';
import type { PhaseKey } from '$lib/guide/plan';
import { repViews, worstPhase, type PhaseView, type RepView } from './view';

export function faultWords(fault: string): string {
  return tWord('fault', fault);
}

export function sideWords(set: Pick<SetRecord, 'exercise_name' | 'side'>): string {
  if (set.side === null || set.side === 'both') return set.exercise_name;
  return t('exercise.side', { exercise: set.exercise_name, side: t(`side.${set.side}`) });
}

export function exerciseTitle(set: Pick<SetRecord, 'exercise' | 'exercise_name' | 'side'>): string {
  return set.exercise === 'unknown' ? t('exercise.unknown') : sideWords(set);
}

function seconds(value: number): string {
  return number(value, 1);
}

const PHASE_OF_FAULT: Readonly<Record<string, PhaseKey>> = { snap_back: 'back', momentum: 'out', lost_hold: 'hold' };

function secondsOf(phase: PhaseView): { n: string; target: string } {
  const target = phase.targetS ?? 0;
  return { n: seconds(phase.seconds), target: number(target, target % 1 ? 1 : 0) };
}

/** "Back 0.8 s, aim for 2" */
export function phaseAdvice(phase: PhaseView): string {
  return t('rep.phase_off', { phase: t(`phase.${phase.key}`), ...secondsOf(phase) });
}

/** What one rep was like, in one line. */
export function repWords(view: RepView): string {
  const fault = view.faults[0];
  const worst = worstPhase(view);
  if (fault && worst) {
    const known = PHASE_OF_FAULT[fault] === worst.key; // the fault already names the phase
    const advice = known ? t('rep.aim', secondsOf(worst)) : phaseAdvice(worst);
    return t('rep.fault_and_phase', { fault: faultWords(fault), advice });
  }
  if (fault) return faultWords(fault);
  if (worst) return phaseAdvice(worst);
  if (view.onTempo) return t('rep.on_tempo');
  return view.phases
    .filter((phase) => phase.key !== 'rest')
    .map((phase) => `${t(`phase.${phase.key}`)} ${seconds(phase.seconds)} s`)
    .join(', ');
}

/** The newest rep of a live set: its own phases, judged against the set's tempo. */
export function lastRepWords(rep: Rep, tempo: string | null): string {
  const view = repViews([rep], tempo)[0];
  return view ? repWords(view) : '';
}

export function repRange(set: Pick<SetRecord, 'target'>): string | null {
  const { reps_lower: lower, reps_upper: upper } = set.target ?? {};
  if (!lower && !upper) return null;
  if (!lower || !upper || lower === upper) return tn('reps.n', upper ?? lower ?? 0);
  return t('reps.range', { lower, upper });
}

export function setNumber(set: Pick<SetRecord, 'set_number' | 'target'>): string | null {
  if (!set.set_number) return null;
  const of = set.target?.sets;
  return of && set.set_number <= of ? t('set.number_of', { n: set.set_number, of }) : t('set.number', { n: set.set_number });
}

type Dose = Pick<Prescription, 'reps_lower' | 'reps_upper' | 'seconds' | 'steps'>;

/** "12 to 15 reps", "20 steps" */
export function doseWords(plan: Dose): string {
  if (plan.steps) return t('dose.steps', { n: plan.steps });
  if (plan.seconds) return t('dose.seconds', { n: number(plan.seconds) });
  const { reps_lower: lower, reps_upper: upper } = plan;
  if (lower && upper && lower !== upper) return t('dose.range', { lower, upper });
  return t('dose.reps', { n: upper ?? lower ?? 0 });
}

/** "3 sets of 12 to 15 reps" */
export function planWords(plan: Dose & Pick<Prescription, 'sets'>): string {
  return tn('plan.sets_of', plan.sets, { dose: doseWords(plan) });
}

/** "3 days a week", or the days by name. */
export function daysWords(plan: Pick<Prescription, 'days_per_week' | 'weekdays'>): string {
  if (plan.weekdays?.length) {
    const monday = Date.UTC(2024, 0, 1);
    const name = new Intl.DateTimeFormat(language.region, { weekday: 'long', timeZone: 'UTC' });
    const days = plan.weekdays.map((day) => name.format(monday + day * 86_400_000));
    return t('plan.on_days', { days: new Intl.ListFormat(language.region).format(days) });
  }
  return plan.days_per_week ? tn('plan.days_a_week', plan.days_per_week) : '';
}
