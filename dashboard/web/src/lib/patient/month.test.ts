import { describe, expect, it } from 'vitest';

import type { Day } from './api';
import { moved, weeks } from './month';

const days = (month: string, n: number): Day[] =>
  Array.from({ length: n }, (_, i) => ({ day: `${month}-${String(i + 1).padStart(2, '0')}`, state: 'rest', dose: null, exercises: [], sets: [], unprescribed: 0 }));

describe('a month', () => {
  it('stands in weeks from Monday', () => {
    const grid = weeks(days('2026-11', 30)); // 1 November 2026 is a Sunday
    expect(grid).toHaveLength(6);
    expect(grid[0]!.map((day) => day?.day ?? null)).toEqual([null, null, null, null, null, null, '2026-11-01']);
    expect(grid[5]![0]?.day).toBe('2026-11-30');
    expect(grid.every((week) => week.length === 7)).toBe(true);
    expect(weeks(days('2027-02', 28))).toHaveLength(4); // begins on a Monday
    expect(weeks([])).toEqual([]);
  });

  it('moves over the turn of the year', () => {
    expect([moved('2026-11', 2), moved('2026-01', -1), moved('2026-11', 0)]).toEqual(['2027-01', '2025-12', '2026-11']);
  });
});
