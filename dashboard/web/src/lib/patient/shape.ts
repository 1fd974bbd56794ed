/** Reps over the share of their own time, so that reps of any length lie over one another. */

import type { Curve, Rep } from '$lib/api/types';

export const POINTS = 61;

export interface Shapes {
  reps: number[][];
  /** Ends of the way out and of the hold, as shares of the rep, one pair a rep. */
  ends: [number, number][];
  seconds: number[];
}

export interface MiddleRep {
  n: number;
  middle: number[];
  lower: number[];
  upper: number[];
  outEnd: number;
  holdEnd: number;
  seconds: number;
}

/** Tension at a time, in a straight line between the two samples around it. */
function at(curve: Curve, s: number): number {
  const { time_s: time, tension_n: level } = curve;
  let low = 0;
  let high = time.length - 1;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (time[mid]! <= s) low = mid;
    else high = mid;
  }
  const span = time[high]! - time[low]!;
  const share = span > 0 ? Math.min(1, Math.max(0, (s - time[low]!) / span)) : 0;
  return level[low]! + share * (level[high]! - level[low]!);
}

/** Newtons above the start of each rep; a rep with a hole in its samples has no shape. */
export function shapes(curve: Curve, reps: readonly Rep[]): Shapes {
  const found: Shapes = { reps: [], ends: [], seconds: [] };
  if (curve.time_s.length < 4) return found;
  for (const rep of reps) {
    const [from, to] = [rep.concentric_start_s, rep.eccentric_end_s];
    const length = to - from;
    if (!(length > 0) || curve.gaps.some(([a, b]) => a < to && b > from)) continue;
    const levels = Array.from({ length: POINTS }, (_, i) => at(curve, from + (i / (POINTS - 1)) * length));
    found.reps.push(levels.map((level) => level - levels[0]!));
    found.ends.push([(rep.concentric_end_s - from) / length, (rep.eccentric_start_s - from) / length]);
    found.seconds.push(length);
  }
  return found;
}

export function together(list: readonly Shapes[]): Shapes {
  return { reps: list.flatMap((one) => one.reps), ends: list.flatMap((one) => one.ends), seconds: list.flatMap((one) => one.seconds) };
}

/** A percentile between the two values around it. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
}

export function middleRep(found: Shapes): MiddleRep | null {
  if (!found.reps.length) return null;
  const column = (share: number): number[] => Array.from({ length: POINTS }, (_, i) => percentile(found.reps.map((rep) => rep[i]!), share));
  return {
    n: found.reps.length,
    lower: column(0.25),
    middle: column(0.5),
    upper: column(0.75),
    outEnd: percentile(found.ends.map((pair) => pair[0]), 0.5),
    holdEnd: percentile(found.ends.map((pair) => pair[1]), 0.5),
    seconds: percentile(found.seconds, 0.5),
  };
}
