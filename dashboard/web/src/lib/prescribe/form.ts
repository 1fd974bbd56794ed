/** The prescribing form as plain values: what was typed, what is wrong with it, what is sent. */

import type { Exercise, NewPrescription, Prescription, Side } from '$lib/api/types';
import { parseTempo, PHASE_KEYS, type PhaseKey } from '$lib/guide/plan';
import type { Mode } from '$lib/patient/api';

export type TempoKind = 'timed' | 'constant' | 'controlled';
export type Unit = 'reps' | 'steps' | 'seconds';

/** Numbers are kept as typed: an empty field is no zero, and a comma is a decimal point. */
export interface Form {
  exercise: string;
  side: Side | '';
  mode: Mode;
  order: 'straight' | 'circuit';
  sets: string;
  lower: string;
  upper: string;
  tempo: TempoKind;
  phases: Record<PhaseKey, string>;
  rest: string;
  weekdays: readonly number[];
  days: string;
  bandBrand: string;
  bandLabel: string;
  placement: string;
  ring: string;
  painLimit: string;
  progression: 'two_for_two' | 'none';
  cue: string;
}

export type Field = 'exercise' | 'sets' | 'lower' | 'upper' | 'phases' | 'rest' | 'days' | 'ring' | 'painLimit';
export type Problem = 'choose' | 'whole' | 'amount' | 'range' | 'seconds' | 'days' | 'rest' | 'ring' | 'pain';
export type Problems = Partial<Record<Field, Problem>>;

export const MODES: readonly Mode[] = ['primary', 'warm_up', 'rehab', 'find_your_band'];

export function unitOf(exercise: Exercise | null): Unit {
  return exercise?.dose.unit ?? 'reps';
}

export function blank(): Form {
  return {
    exercise: '', side: '', mode: 'primary', order: 'straight', sets: '3', lower: '12', upper: '15', tempo: 'controlled',
    phases: { out: '2', hold: '0', back: '2', rest: '' }, rest: '30', weekdays: [], days: '3', bandBrand: '', bandLabel: '', placement: '',
    ring: '', painLimit: '', progression: 'two_for_two', cue: '',
  };
}

/** The catalogue's own dose, tempo and placement are the starting point. */
export function choose(form: Form, exercise: Exercise): Form {
  const { lower, upper, unit } = exercise.dose;
  return {
    ...form,
    ...tempoFields(exercise.tempo, form.phases),
    exercise: exercise.slug,
    side: exercise.unilateral ? form.side : '',
    sets: String(exercise.sets.lower),
    lower: String(lower),
    upper: unit === 'reps' ? String(upper) : '',
    placement: exercise.placement.includes(form.placement) ? form.placement : (exercise.placement[0] ?? ''),
  };
}

function tempoFields(text: string, before: Record<PhaseKey, string>): Pick<Form, 'tempo' | 'phases'> {
  const plan = parseTempo(text);
  if (plan?.kind !== 'timed') return { tempo: plan?.kind ?? 'controlled', phases: before };
  const phases = { ...before };
  for (const phase of plan.phases) phases[phase.key] = phase.seconds === null ? '' : String(phase.seconds);
  return { tempo: 'timed', phases };
}

const typed = (value: number | null | undefined): string => (value === null || value === undefined ? '' : String(value));

/** An existing prescription, to be revised: the next version begins as the last one was. */
export function fromPlan(plan: Prescription): Form {
  const amount = plan.reps_lower ?? plan.steps ?? plan.seconds;
  return {
    ...blank(),
    ...tempoFields(plan.tempo, blank().phases),
    exercise: plan.exercise,
    side: plan.side === 'both' ? '' : plan.side,
    mode: plan.mode,
    order: plan.set_order,
    sets: String(plan.sets),
    lower: typed(amount),
    upper: typed(plan.reps_upper),
    rest: typed(plan.rest_s),
    weekdays: plan.weekdays ?? [],
    days: typed(plan.days_per_week ?? plan.weekdays?.length),
    bandBrand: plan.band_brand ?? '',
    bandLabel: plan.band_label ?? '',
    placement: plan.placement ?? '',
    ring: typed(plan.ring_length_cm),
    painLimit: typed(plan.pain_limit),
    progression: plan.progression ?? (plan.mode === 'primary' ? 'two_for_two' : 'none'),
    cue: plan.cue ?? '',
  };
}

/** A number as people type it; NaN for anything else, null for nothing. */
function numberOf(text: string): number | null {
  const word = text.trim().replace(',', '.');
  return word === '' ? null : /^\d+(\.\d+)?$/.test(word) ? Number(word) : NaN;
}

function within(text: string, least: number, most: number, whole = true): boolean {
  const value = numberOf(text);
  return value !== null && value >= least && value <= most && (!whole || Number.isInteger(value));
}

const empty = (text: string): boolean => text.trim() === '';

export function tempoText(form: Form): string {
  if (form.tempo !== 'timed') return form.tempo;
  const parts = PHASE_KEYS.map((key) => form.phases[key].trim().replace(',', '.') || 'x');
  return (parts[3] === 'x' ? parts.slice(0, 3) : parts).join('-');
}

export function problemsOf(form: Form, exercise: Exercise | null): Problems {
  const unit = unitOf(exercise);
  const found: Problems = {};
  if (!exercise) found.exercise = 'choose';
  if (!within(form.sets, 1, 20)) found.sets = 'whole';
  if (!within(form.lower, 1, unit === 'seconds' ? 3600 : 1000)) found.lower = 'amount';
  if (unit === 'reps' && !empty(form.upper)) {
    if (!within(form.upper, 1, 1000)) found.upper = 'amount';
    else if (!found.lower && numberOf(form.upper)! < numberOf(form.lower)!) found.upper = 'range';
  }
  if (parseTempo(tempoText(form)) === null) found.phases = 'seconds';
  if (!empty(form.rest) && !within(form.rest, 0, 3600, false)) found.rest = 'rest';
  if (!form.weekdays.length && !within(form.days, 1, 7)) found.days = 'days';
  if (!empty(form.ring) && !within(form.ring, 1, 500, false)) found.ring = 'ring';
  if (!empty(form.painLimit) && !within(form.painLimit, 0, 10)) found.painLimit = 'pain';
  return found;
}

/** What is sent; call it only when there are no problems. */
export function bodyOf(form: Form, exercise: Exercise, revises: string | null): NewPrescription {
  const amount = numberOf(form.lower)!;
  const dose: Partial<NewPrescription> = {
    reps: { reps_lower: amount, reps_upper: numberOf(form.upper) ?? amount },
    steps: { steps: amount },
    seconds: { seconds: amount },
  }[unitOf(exercise)];
  return {
    ...(revises ? { id: revises } : {}),
    ...dose,
    exercise: exercise.slug,
    side: form.side || 'both',
    mode: form.mode,
    set_order: form.order,
    sets: numberOf(form.sets)!,
    tempo: tempoText(form),
    rest_s: numberOf(form.rest),
    weekdays: form.weekdays.length ? [...form.weekdays].sort() : null,
    days_per_week: form.weekdays.length ? null : numberOf(form.days),
    band_brand: form.bandBrand.trim() || null,
    band_label: form.bandLabel.trim() || null,
    placement: form.placement || null,
    ring_length_cm: numberOf(form.ring),
    pain_limit: numberOf(form.painLimit),
    progression: form.progression,
    cue: form.cue.trim() || null,
  };
}
