import { describe, expect, it } from 'vitest';

import { niceStep, roundSplits } from './scale';
import { cutByPhase, type PhaseSpan } from './phase-cut';

const span = (key: PhaseSpan['key'], startS: number, endS: number): PhaseSpan => ({ key, startS, endS, label: '' });

describe('cutByPhase', () => {
  const curve = { time_s: [0, 1, 2, 3, 4], tension_n: [0, 10, 20, 10, 0], gaps: [] };

  it('gives every phase its own line and joins them at the boundaries', () => {
    const { time, series } = cutByPhase(curve, [span('out', 0.5, 2), span('back', 2, 3.5)]);
    expect(time).toEqual([0, 0.5, 1, 2, 3, 3.5, 4]);
    const [out, hold, back, rest] = series;
    expect(out).toEqual([null, 5, 10, 20, null, null, null]);
    expect(hold!.every((value) => value === null)).toBe(true);
    expect(back).toEqual([null, null, null, 20, 10, 5, null]);
    expect(rest).toEqual([0, 5, null, 20, null, 5, 0].map((value, i) => (i === 3 ? rest![3]! : value)));
  });

  it('draws no line through a gap', () => {
    const holed = { time_s: [0, 1, 3, 4], tension_n: [0, 10, 10, 0], gaps: [[1, 3] as [number, number]] };
    const { time, series } = cutByPhase(holed, [span('out', 0, 4)]);
    const middle = series[0]!.filter((_, i) => time[i]! > 1 && time[i]! < 3);
    expect(middle).toContain(null);
    expect(series[0]!.at(-1)).toBe(0);
  });

  it('keeps times rising', () => {
    const { time } = cutByPhase(curve, [span('out', 1, 1), span('hold', 1, 2), span('back', 2, 9)]);
    for (let i = 1; i < time.length; i++) expect(time[i]!).toBeGreaterThan(time[i - 1]!);
  });
});

describe('the grid', () => {
  it.each([[43, 20], [38, 20], [9, 5], [120, 50], [300, 200], [0.9, 0.5]])('of %s steps by %s', (max, step) => {
    expect(niceStep(max, 2)).toBeCloseTo(step, 9);
  });

  it('has zero and at most two more lines', () => {
    for (let max = 1; max < 900; max += 7) {
      const splits = roundSplits(0, max);
      expect(splits[0]).toBe(0);
      expect(splits.length).toBeLessThanOrEqual(3);
      expect(splits.length).toBeGreaterThanOrEqual(2);
    }
  });
});
