/** Trends as lines: medians of weeks, broken where curves are not comparable, and as rows of a table. */

import type { Trend, TrendPoint } from '$lib/api/types';

export type Metric = 'tempo_error_s' | 'eccentric_control' | 'dose' | 'end_tension_n';
export const METRICS: readonly Metric[] = ['tempo_error_s', 'eccentric_control', 'dose', 'end_tension_n'];

const WEEK_US = 7 * 86_400e6;

export interface Dot {
  setId: string;
  atUs: number;
  value: number;
  segment: number;
  breaks: string;
}

export interface Line {
  segment: number;
  points: readonly { atUs: number; value: number }[];
}

export function metricOf(point: TrendPoint, metric: Metric): number | null {
  return metric === 'dose' ? (point.tut_s ?? point.reps) : point[metric];
}

export function dotsOf(trend: Trend, metric: Metric): Dot[] {
  return trend.points.flatMap((point) => {
    const value = metricOf(point, metric);
    return value === null ? [] : [{ setId: point.set_id, atUs: point.started_us, value, segment: point.segment, breaks: point.breaks }];
  });
}

/** One median a week, a line for each stretch that may be compared. */
export function linesOf(dots: readonly Dot[]): Line[] {
  const start = dots[0]?.atUs ?? 0;
  const weeks = new Map<string, { segment: number; us: number[]; values: number[] }>();
  for (const dot of dots) {
    const key = `${dot.segment} ${Math.floor((dot.atUs - start) / WEEK_US)}`;
    const week = weeks.get(key) ?? { segment: dot.segment, us: [], values: [] };
    week.us.push(dot.atUs);
    week.values.push(dot.value);
    weeks.set(key, week);
  }
  const segments = [...new Set(dots.map((dot) => dot.segment))];
  return segments.map((segment) => ({
    segment,
    points: [...weeks.values()].filter((week) => week.segment === segment).map((week) => ({ atUs: middle(week.us), value: middle(week.values) })),
  }));
}

/** Where the line breaks, and why. */
export function breaksOf(dots: readonly Dot[]): { atUs: number; why: string }[] {
  return dots.flatMap((dot, i) => {
    const before = dots[i - 1];
    return before && before.segment !== dot.segment ? [{ atUs: (before.atUs + dot.atUs) / 2, why: dot.breaks }] : [];
  });
}

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const COLUMNS = [
  'started_us', 'set_id', 'segment', 'breaks', 'tempo', 'reps', 'tut_s', 'tempo_error_s', 'on_tempo_share', 'eccentric_control', 'end_tension_n',
  'excursion_n', 'effort_cr10', 'pain',
] as const;

/** The sets of a trend as CSV: numbers as they are, in newtons and seconds; what was not measured is empty. */
export function csvOf(trend: Trend): string {
  const rows = trend.points.map((point) => ['time', ...COLUMNS].map((name) => cell(name === 'time' ? new Date(point.started_us / 1000).toISOString() : point[name as (typeof COLUMNS)[number]])));
  return [['time', ...COLUMNS].join(','), ...rows.map((row) => row.join(','))].join('\n') + '\n';
}

function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export type BandFit = 'strong' | 'fits' | 'light';
/** "12 to 15 reps, hard at the last": Borg CR10 5 is called hard. */
export const FIT_REPS = [12, 15] as const;
const HARD_CR10 = 5;

/** Whether a set to a hard last rep says that the band fits; null while too little is known. */
export function bandFit(reps: number | null, effort: number | null): BandFit | null {
  if (reps === null || effort === null) return null;
  if (reps < FIT_REPS[0]) return effort >= HARD_CR10 ? 'strong' : null;
  return effort >= HARD_CR10 && reps <= FIT_REPS[1] ? 'fits' : 'light';
}
