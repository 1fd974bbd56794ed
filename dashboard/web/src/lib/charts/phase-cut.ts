/** A stored curve cut into its phases. */

import type { Curve } from '$lib/api/types';
import { PHASE_KEYS, type PhaseKey } from '$lib/guide/plan';

export interface PhaseSpan {
  key: PhaseKey;
  startS: number;
  endS: number;
  /** What is written under it when there is room, such as "Back 1.9". */
  label: string;
}

/** Curve values cut by phase: the shared x axis has a point at every boundary. */
export function cutByPhase(curve: Curve, spans: readonly PhaseSpan[]): { time: number[]; series: (number | null)[][] } {
  const { time, tension } = withBoundaries(curve, spans);
  const series = PHASE_KEYS.map(() => new Array<number | null>(time.length).fill(null));
  const rest = series[PHASE_KEYS.indexOf('rest')]!;
  let k = 0;
  for (let i = 0; i < time.length; i++) {
    const at = time[i]!;
    while (k < spans.length && spans[k]!.endS < at) k++;
    let inside = false;
    for (let j = k; j < spans.length && spans[j]!.startS <= at; j++) {
      series[PHASE_KEYS.indexOf(spans[j]!.key)]![i] = tension[i]!;
      inside = inside || spans[j]!.startS < at && at < spans[j]!.endS;
    }
    if (!inside) rest[i] = tension[i]!; // before, between and after the reps
  }
  return { time, series };
}

function withBoundaries(curve: Curve, spans: readonly PhaseSpan[]): { time: number[]; tension: (number | null)[] } {
  const edges = [...new Set(spans.flatMap((span) => [span.startS, span.endS]))].sort((a, b) => a - b);
  const time: number[] = [];
  const tension: (number | null)[] = [];
  let e = 0;
  const add = (at: number, value: number | null): void => {
    if (time.length && at <= time.at(-1)!) return;
    time.push(at);
    tension.push(value);
  };
  curve.time_s.forEach((at, i) => {
    for (; e < edges.length && edges[e]! < at; e++) add(edges[e]!, valueAt(curve, i, edges[e]!));
    const hole = curve.gaps.find(([from, to]) => i > 0 && curve.time_s[i - 1]! <= from + 1e-6 && at >= to - 1e-6 && to > from);
    if (hole) add((hole[0] + hole[1]) / 2, null);
    add(at, curve.tension_n[i]!);
  });
  return { time, tension };
}

/** Linear between the neighbours of `at`, which lies before point `i`; null inside a gap. */
function valueAt(curve: Curve, i: number, at: number): number | null {
  const b = curve.tension_n[i];
  const a = curve.tension_n[i - 1];
  if (i === 0 || a === null || a === undefined || b === null || b === undefined) return null;
  if (curve.gaps.some(([from, to]) => from < at && at < to)) return null;
  const x = (at - curve.time_s[i - 1]!) / (curve.time_s[i]! - curve.time_s[i - 1]!);
  return a + (b - a) * x;
}
