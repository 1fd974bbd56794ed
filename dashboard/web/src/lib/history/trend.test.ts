import { describe, expect, it, test } from 'vitest';

import type { Trend, TrendPoint } from '$lib/api/types';
import { bandFit, breaksOf, csvOf, dotsOf, linesOf } from './trend';

const DAY_US = 86_400e6;

function point(day: number, changes: Partial<TrendPoint> = {}): TrendPoint {
  return {
    set_id: `s${day}`, started_us: 1_795_000_000e6 + day * DAY_US, segment: 0, breaks: '', tempo: '2-1-2', reps: 12, tut_s: 60, tempo_error_s: 1,
    on_tempo_share: 0.5, eccentric_control: 70, end_tension_n: 40, excursion_n: 30, effort_cr10: null, pain: null, ...changes,
  };
}

const trend = (...points: TrendPoint[]): Trend => ({ points }) as Trend;

describe('trend', () => {
  it('has a median a week, and breaks with the segment', () => {
    const dots = dotsOf(trend(point(0, { tempo_error_s: 3 }), point(1, { tempo_error_s: 1 }), point(2, { tempo_error_s: 2 }), point(8), point(9, { segment: 1, breaks: 'another band' })), 'tempo_error_s');
    const lines = linesOf(dots);
    expect(lines.map((line) => line.points.map((one) => one.value))).toEqual([[2, 1], [1]]);
    expect(breaksOf(dots)).toEqual([{ atUs: point(8.5).started_us, why: 'another band' }]);
  });

  it('leaves out what was not measured, and counts dose in seconds where there are some', () => {
    expect(dotsOf(trend(point(0, { tempo_error_s: null })), 'tempo_error_s')).toEqual([]);
    expect(dotsOf(trend(point(0), point(1, { tut_s: null })), 'dose').map((dot) => dot.value)).toEqual([60, 12]);
  });

  it('is a table that a spreadsheet reads', () => {
    const [head, row] = csvOf(trend(point(0, { breaks: 'a "b", c', pain: 2 }))).split('\n');
    expect(head!.split(',')).toHaveLength(15);
    expect(row).toContain('"a ""b"", c"');
    expect(row!.endsWith(',,2')).toBe(true);
  });
});

test.each([
  [8, 7, 'strong'],
  [12, 5, 'fits'],
  [15, 8, 'fits'],
  [16, 8, 'light'],
  [14, 3, 'light'],
  [9, 2, null],
  [null, 5, null],
  [14, null, null],
] as const)('%s reps at effort %s: %s', (reps, effort, fit) => {
  expect(bandFit(reps, effort)).toBe(fit);
});
