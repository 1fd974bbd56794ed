/** A trend as it is drawn: sets as dots, the middle of each week as lines that break where the rig changed. */

import type { Trend } from '$lib/api/types';

export type Metric = 'on_tempo_share' | 'tempo_error_s' | 'eccentric_control' | 'end_tension_n' | 'tut_s' | 'pain' | 'effort_cr10';

export interface Dot {
  atUs: number;
  setId: string;
  value: number;
  segment: number;
  /** Why the line breaks before this dot, in the server's words; empty when it does not. */
  breaks: string;
}

export interface WeekPoint {
  /** Milliseconds of the middle of the week. */
  atMs: number;
  value: number;
  segment: number;
}

const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;

export function dots(trend: Trend, metric: Metric): Dot[] {
  return trend.points.flatMap((point) => {
    const value = point[metric];
    return value === null ? [] : [{ atUs: point.started_us, setId: point.set_id, value, segment: point.segment, breaks: point.breaks }];
  });
}

/** The local Monday, midnight. */
export function weekStart(ms: number): number {
  const day = new Date(ms);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  return day.getTime();
}

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** One point per week and segment; `of` is the middle by default, the worst for pain. */
export function weekly(list: readonly Dot[], of: (values: readonly number[]) => number = middle): WeekPoint[] {
  const found = new Map<string, { week: number; segment: number; values: number[] }>();
  for (const dot of list) {
    const week = weekStart(dot.atUs / 1000);
    const key = `${week} ${dot.segment}`;
    const entry = found.get(key) ?? { week, segment: dot.segment, values: [] };
    entry.values.push(dot.value);
    found.set(key, entry);
  }
  return [...found.values()]
    .sort((a, b) => a.week - b.week || a.segment - b.segment)
    .map(({ week, segment, values }) => ({ atMs: week + WEEK_MS / 2, value: of(values), segment }));
}

/** Lines of one segment each: no line leads from one band to the next. */
export function segments(points: readonly WeekPoint[]): WeekPoint[][] {
  const lines = new Map<number, WeekPoint[]>();
  for (const point of points) lines.set(point.segment, [...(lines.get(point.segment) ?? []), point]);
  return [...lines.values()];
}

export interface Break {
  atMs: number;
  why: string;
}

export function breaksOf(trend: Trend): Break[] {
  return trend.points.filter((point) => point.breaks).map((point) => ({ atMs: point.started_us / 1000, why: point.breaks }));
}

/** What changed between the last week and the two before it, where there is something to compare. */
export function change(points: readonly WeekPoint[]): number | null {
  const last = points.at(-1);
  if (!last) return null;
  const before = points.filter((point) => point.segment === last.segment && point.atMs < last.atMs && point.atMs >= last.atMs - 2.5 * WEEK_MS);
  return before.length ? last.value - before.reduce((sum, point) => sum + point.value, 0) / before.length : null;
}
