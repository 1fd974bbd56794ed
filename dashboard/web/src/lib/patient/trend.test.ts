import { describe, expect, it } from 'vitest';

import { change, middle, segments, weekly, weekStart, type Dot } from './trend';

const monday = new Date(2026, 10, 2).getTime();
const day = (n: number, hour = 18): number => new Date(2026, 10, 2 + n, hour).getTime() * 1000;
const dot = (n: number, value: number, segment = 0): Dot => ({ atUs: day(n), setId: String(n), value, segment, breaks: '' });

describe('weeks', () => {
  it('begin on the local Monday', () => {
    expect(weekStart(new Date(2026, 10, 8, 23, 59).getTime())).toBe(monday);
    expect(weekStart(monday)).toBe(monday);
    expect(weekStart(monday - 1)).toBeLessThan(monday);
  });

  it('take the middle, or the worst', () => {
    const list = [dot(0, 2), dot(2, 2), dot(4, 7), dot(7, 3)];
    expect(weekly(list).map((point) => point.value)).toEqual([2, 3]);
    expect(weekly(list, (values) => Math.max(...values)).map((point) => point.value)).toEqual([7, 3]);
    expect(middle([4, 1, 3, 2])).toBe(2.5);
  });

  it('are never joined over a changed band', () => {
    const lines = segments(weekly([dot(0, 1), dot(7, 2), dot(8, 9, 1), dot(14, 8, 1)]));
    expect(lines.map((line) => line.map((point) => point.value))).toEqual([[1, 2], [9, 8]]);
  });

  it('are compared with the two before them on the same band only', () => {
    expect(change(weekly([dot(0, 80), dot(7, 90), dot(14, 70)]))).toBe(-15);
    expect(change(weekly([dot(0, 80), dot(7, 90, 1)]))).toBeNull();
    expect(change([])).toBeNull();
  });
});
