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
  phases: PhaseView[];
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

function phaseView(name: PhaseName, rep: Rep, span: [number, number], planned: number | null): PhaseView {
  const told = rep.tempo?.[name];
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
    const phases = NAMES.map((name, k) => phaseView(name, rep, spans[name], planned[k]!));
    if (i === reps.length - 1) phases[3] = { ...phases[3]!, targetS: null, errorS: null, onTempo: null };
    return {
      number: i + 1,
      startS: rep.concentric_start_s,
      endS: rep.eccentric_end_s,
      phases: phases.filter((phase) => phase.seconds > 0.02 || (phase.key !== 'rest' && phase.targetS)),
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
    tempoScore: figure(set.score, 'tempo', 'score') ?? figure(set.score, 'tempo_score'),
    eccentricScore: figure(set.score, 'eccentric', 'score') ?? figure(set.score, 'eccentric_score'),
    tutS: figure(set.score, 'tut_s') ?? figure(set.score, 'time_under_tension_s'),
  };
}

/** Base and peak of the usual rep, from scored reps: what the guide's scale stands on. */
export function usualExcursion(reps: readonly Rep[]): { baseN: number; peakN: number } | null {
  if (reps.length < 2) return null;
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const peakN = middle(reps.map((rep) => rep.peak_n));
  return { peakN, baseN: peakN - middle(reps.map((rep) => rep.excursion_n)) };
}
