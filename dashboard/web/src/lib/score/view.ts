/** What the pages say about a scored set: plain values out of the score's JSON, no words of a language. */

import type { PhaseName, Rep, SetRecord } from '$lib/api/types';
import { parseTempo, phaseKey, type PhaseKey } from '$lib/guide/plan';

/** Within a fifth of the target or a quarter of a second, whichever is wider (design, section 4). */
const ON_TEMPO_SHARE = 0.2;
const ON_TEMPO_S = 0.25;

export interface PhaseView {
  key: PhaseKey;
  startS: number;
  endS: number;
  seconds: number;
  targetS: number | null;
  errorS: number | null;
  onTempo: boolean | null;
}

export interface RepView {
  /** 1, 2, 3 ... */
  number: number;
  startS: number;
  endS: number;
  /** The phases there is something to see of. */
  phases: PhaseView[];
  /** The phases that have a target, a hold of zero seconds included. */
  judged: PhaseView[];
  faults: readonly string[];
  onTempo: boolean | null;
  score: number | null;
  eccentricScore: number | null;
  peakN: number;
  absent: Readonly<Record<string, string>>;
}

const NAMES: readonly PhaseName[] = ['concentric', 'hold', 'eccentric', 'rest'];

/** Start and end of each phase of a rep; the rest lasts until the next rep begins. */
function bounds(rep: Rep, next: Rep | undefined): Record<PhaseName, [number, number]> {
  const end = rep.eccentric_end_s;
  return {
    concentric: [rep.concentric_start_s, rep.concentric_end_s],
    hold: [rep.concentric_end_s, rep.eccentric_start_s],
    eccentric: [rep.eccentric_start_s, end],
    rest: [end, next?.concentric_start_s ?? end],
  };
}

function onTempo(errorS: number | null, targetS: number | null): boolean | null {
  if (errorS === null || targetS === null) return null;
  return Math.abs(errorS) <= Math.max(ON_TEMPO_S, ON_TEMPO_SHARE * targetS);
}

/** A score tells the rest *before* its rep; on a page the rest follows the rep it ends. */
function phaseView(name: PhaseName, rep: Rep, next: Rep | undefined, span: [number, number], planned: number | null): PhaseView {
  const told = (name === 'rest' ? next : rep)?.tempo?.[name];
  const seconds = told?.seconds ?? span[1] - span[0];
  const targetS = told?.target_s ?? planned;
  const errorS = told?.error_s ?? (targetS === null ? null : seconds - targetS);
  return {
    key: phaseKey(name),
    startS: span[0],
    endS: span[1],
    seconds,
    targetS,
    errorS,
    onTempo: told?.on_tempo ?? onTempo(errorS, targetS),
  };
}

export function repViews(reps: readonly Rep[], tempo: string | null): RepView[] {
  const plan = parseTempo(tempo);
  const planned = NAMES.map((_, i) => (plan?.kind === 'timed' ? plan.phases[i]!.seconds : null));
  return reps.map((rep, i) => {
    const spans = bounds(rep, reps[i + 1]);
    const phases = NAMES.map((name, k) => phaseView(name, rep, reps[i + 1], spans[name], planned[k]!));
    if (i === reps.length - 1) phases[3] = { ...phases[3]!, targetS: null, errorS: null, onTempo: null };
    return {
      number: i + 1,
      startS: rep.concentric_start_s,
      endS: rep.eccentric_end_s,
      phases: phases.filter((phase) => phase.seconds > 0.02 || (phase.key !== 'rest' && phase.targetS)),
      judged: phases.filter((phase) => phase.errorS !== null),
      faults: rep.faults,
      onTempo: rep.tempo?.on_tempo ?? null,
      score: rep.tempo?.score ?? null,
      eccentricScore: rep.eccentric?.score ?? null,
      peakN: rep.peak_n,
      absent: rep.absent ?? {},
    };
  });
}

/** The phase of a rep that is furthest off its target, when one is off tempo. */
export function worstPhase(rep: RepView): PhaseView | null {
  const off = rep.phases.filter((phase) => phase.onTempo === false && phase.errorS !== null);
  if (!off.length) return null;
  return off.reduce((a, b) => (Math.abs(b.errorS!) > Math.abs(a.errorS!) ? b : a));
}

/** How much a rep is worth looking at: faults first, then seconds off. */
export function trouble(rep: RepView): number {
  const off = rep.phases.reduce((sum, phase) => sum + (phase.onTempo === false ? Math.abs(phase.errorS ?? 0) : 0), 0);
  return rep.faults.length * 100 + off;
}

export interface SetView {
  reps: RepView[];
  onTempo: number;
  judged: number;
  tempoScore: number | null;
  eccentricScore: number | null;
  tutS: number | null;
  phases: PhaseOfSet[];
}

/** One phase over a whole set. */
export interface PhaseOfSet {
  key: PhaseKey;
  meanErrorS: number;
  /** Share of the tempo score, among the phases that have a target; null before it is scored. */
  weight: number | null;
  onTempo: number;
  judged: number;
}

function figure(score: Record<string, unknown> | null, ...path: string[]): number | null {
  let at: unknown = score;
  for (const step of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined;
  return typeof at === 'number' && Number.isFinite(at) ? at : null;
}

export function setView(set: Pick<SetRecord, 'reps' | 'tempo' | 'score'>): SetView {
  const reps = repViews(set.reps, set.tempo);
  const judged = reps.filter((rep) => rep.onTempo !== null);
  return {
    reps,
    onTempo: judged.filter((rep) => rep.onTempo).length,
    judged: judged.length,
    tempoScore: figure(set.score, 'tempo', 'score'),
    eccentricScore: figure(set.score, 'eccentric_control', 'score'),
    tutS: figure(set.score, 'time_under_tension_s', 'total'),
    phases: setPhases(set, reps),
  };
}

function setPhases(set: Pick<SetRecord, 'score'>, reps: readonly RepView[]): PhaseOfSet[] {
  const order: readonly PhaseName[] = ['eccentric', 'concentric', 'hold', 'rest'];
  const own = order.flatMap((name) => {
    const judged = reps.flatMap((rep) => rep.judged.filter((phase) => phase.key === phaseKey(name)));
    if (!judged.length) return [];
    const mean = judged.reduce((sum, phase) => sum + phase.errorS!, 0) / judged.length;
    const weight = figure(set.score, 'tempo', 'weights', name);
    const meanErrorS = figure(set.score, 'tempo', 'phases', name, 'mean_error_s') ?? mean;
    return [{ key: phaseKey(name), meanErrorS, weight, onTempo: judged.filter((phase) => phase.onTempo).length, judged: judged.length }];
  });
  const whole = own.reduce((sum, phase) => sum + (phase.weight ?? 0), 0);
  return own.map((phase) => ({ ...phase, weight: phase.weight === null || !whole ? null : phase.weight / whole }));
}

/** A walk or a push-out: no phases, only tension above its floor. */
export interface SteadyView {
  aboveS: number | null;
  share: number | null;
  floorN: number | null;
  slack: readonly { startS: number; endS: number }[];
  steps: number | null;
  cadence: number | null;
}

interface SlackEvent {
  start_s: number;
  seconds: number;
}

/** What is said of a set without phases; null for one that has them. */
export function steadyView(set: Pick<SetRecord, 'kind' | 'score'>): SteadyView | null {
  if (set.kind !== 'constant_tension' && set.kind !== 'push_out') return null;
  const events = Array.isArray(set.score?.slack_events) ? (set.score.slack_events as SlackEvent[]) : [];
  return {
    aboveS: figure(set.score, 'time_above_floor_s'),
    share: figure(set.score, 'share_above_floor'),
    floorN: figure(set.score, 'floor_n'),
    slack: events.map((event) => ({ startS: event.start_s, endS: event.start_s + event.seconds })),
    steps: figure(set.score, 'steps'),
    cadence: figure(set.score, 'cadence_steps_per_min'),
  };
}

/** Base and peak of the usual rep, from scored reps: what the guide's scale stands on. */
export function usualExcursion(reps: readonly Rep[]): { baseN: number; peakN: number } | null {
  if (reps.length < 2) return null;
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const peakN = middle(reps.map((rep) => rep.peak_n));
  return { peakN, baseN: peakN - middle(reps.map((rep) => rep.excursion_n)) };
}
