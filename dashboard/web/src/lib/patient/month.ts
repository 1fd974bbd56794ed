/** A month as a grid of weeks, Monday first; empty places before its first and after its last day. */

import type { Day } from './api';

export function weeks(days: readonly Day[]): (Day | null)[][] {
  const first = days[0];
  if (!first) return [];
  const lead = (dateOf(first.day).getUTCDay() + 6) % 7;
  const places: (Day | null)[] = [...Array.from({ length: lead }, () => null), ...days];
  while (places.length % 7) places.push(null);
  return Array.from({ length: places.length / 7 }, (_, i) => places.slice(7 * i, 7 * i + 7));
}

/** A local day as a date in UTC: no time zone of the reader's may move it. */
export function dateOf(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

/** `2026-11` moved by some months. */
export function moved(month: string, by: number): string {
  const [year, number] = month.split('-').map(Number);
  const at = new Date(Date.UTC(year!, number! - 1 + by, 1));
  return `${at.getUTCFullYear()}-${String(at.getUTCMonth() + 1).padStart(2, '0')}`;
}
