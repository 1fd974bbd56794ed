/** A tempo as the page follows it: named phases in the order out, hold, back, rest. */

import type { PhaseName } from '$lib/api/types';

export type PhaseKey = 'out' | 'hold' | 'back' | 'rest';

export interface PlanPhase {
  key: PhaseKey;
  /** null = unprescribed: shown, never scored. */
  seconds: number | null;
}

export type Plan =
  | { kind: 'timed'; phases: readonly [PlanPhase, PlanPhase, PlanPhase, PlanPhase] }
  | { kind: 'constant' | 'controlled' };

export type TimedPlan = Extract<Plan, { kind: 'timed' }>;

export const PHASE_KEYS: readonly PhaseKey[] = ['out', 'hold', 'back', 'rest'];

const KEY_OF: Record<PhaseName, PhaseKey> = { concentric: 'out', hold: 'hold', eccentric: 'back', rest: 'rest' };

export function phaseKey(name: PhaseName): PhaseKey {
  return KEY_OF[name];
}

const SEPARATOR = /[-\u2011\u2013\u2014\u2212/:]/;
const NUMBER = /^(\d+(?:[.,]\d+)?) ?(?:s|sec|seconds?)?$/;

/** Seconds of one field, null for `x`, NaN where it is no number; a way out or back takes time. */
function readSeconds(part: string, place: number): number | null {
  if (part === 'x') return null;
  const seconds = Number(NUMBER.exec(part)?.[1]?.replace(',', '.') ?? NaN);
  return seconds === 0 && place % 2 === 0 ? NaN : seconds;
}

/** Reads `2-1-2-0`, `2-1-2` (rest unprescribed), `2-x-2`, `constant` or `controlled`, as the server does: any
 *  dash, slash, colon or spaces between the numbers, a decimal comma, a unit. Null for anything else. */
export function parseTempo(text: string | null): Plan | null {
  const word = (text ?? '').trim().toLowerCase();
  if (word === 'constant' || word === 'controlled') return { kind: word };
  const split = word.split(SEPARATOR).map((part) => part.trim());
  const parts = split.length === 1 ? word.split(/\s+/) : split;
  if (parts.length !== 3 && parts.length !== 4) return null;
  const seconds = parts.map(readSeconds);
  if (seconds.some((value) => Number.isNaN(value))) return null;
  const [out, hold, back, rest] = seconds as (number | null)[];
  return {
    kind: 'timed',
    phases: [
      { key: 'out', seconds: out ?? null },
      { key: 'hold', seconds: hold ?? null },
      { key: 'back', seconds: back ?? null },
      { key: 'rest', seconds: rest ?? null },
    ],
  };
}

export function isTimed(plan: Plan | null): plan is TimedPlan {
  return plan?.kind === 'timed';
}

/** Minimum-jerk ease from 0 to 1: how an unhurried leg moves (Flash and Hogan 1985). */
export function ease(x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return x * x * x * (10 - 15 * x + 6 * x * x);
}

/** Where each phase starts and ends, in seconds from the onset of the rep; a guide plays an unprescribed
 *  way out or back at a calm two seconds, and skips an unprescribed hold or rest. */
export interface Segment {
  key: PhaseKey;
  startS: number;
  endS: number;
}

const CALM_S = 2;

export function segments(plan: TimedPlan): Segment[] {
  let at = 0;
  const list: Segment[] = [];
  for (const { key, seconds } of plan.phases) {
    const length = seconds ?? (key === 'out' || key === 'back' ? CALM_S : 0);
    if (length > 0) list.push({ key, startS: at, endS: at + length });
    at += length;
  }
  return list;
}

/** Share of the way out (0 to 1) at `s` seconds into one segment. */
export function levelIn(segment: Segment, s: number): number {
  const x = (s - segment.startS) / (segment.endS - segment.startS);
  switch (segment.key) {
    case 'out':
      return ease(x);
    case 'hold':
      return 1;
    case 'back':
      return 1 - ease(x);
    case 'rest':
      return 0;
  }
}
