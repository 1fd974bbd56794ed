import { describe, expect, it } from 'vitest';

import type { Curve, Rep } from '$lib/api/types';
import { middleRep, POINTS, shapes, together } from './shape';

/** A triangle from 5 N to 25 N and back, `s` seconds long, from `from` on. */
function triangle(from: number, s: number): { curve: Curve; rep: Rep } {
  const time_s = Array.from({ length: 201 }, (_, i) => from + (i / 200) * s);
  const tension_n = time_s.map((at) => 25 - 20 * Math.abs(((at - from) / s) * 2 - 1));
  const rep = { concentric_start_s: from, concentric_end_s: from + s / 2, eccentric_start_s: from + s / 2, eccentric_end_s: from + s } as Rep;
  return { curve: { time_s, tension_n, gaps: [] }, rep };
}

describe('shapes', () => {
  it('do not depend on how long a rep takes or where it stands', () => {
    const slow = triangle(0, 8);
    const quick = triangle(100, 2);
    const [a] = shapes(slow.curve, [slow.rep]).reps;
    const [b] = shapes(quick.curve, [quick.rep]).reps;
    expect(a).toHaveLength(POINTS);
    a!.forEach((level, i) => expect(level).toBeCloseTo(b![i]!, 6));
    expect(Math.max(...a!)).toBeCloseTo(20, 6);
    expect(a![0]).toBe(0);
  });

  it('leave out a rep with a hole in it', () => {
    const one = triangle(0, 4);
    expect(shapes({ ...one.curve, gaps: [[1, 1.2]] }, [one.rep]).reps).toEqual([]);
    expect(shapes({ time_s: [], tension_n: [], gaps: [] }, [one.rep]).reps).toEqual([]);
  });

  it('give a middle with its middle half', () => {
    const list = [2, 4, 6].map((s) => triangle(0, s)).map(({ curve, rep }) => shapes(curve, [rep]));
    list[2]!.reps = list[2]!.reps.map((rep) => rep.map((level) => level * 2));
    const found = middleRep(together(list))!;
    expect([found.n, found.seconds, found.outEnd]).toEqual([3, 4, 0.5]);
    expect(Math.max(...found.middle)).toBeCloseTo(20, 6);
    expect(Math.max(...found.upper)).toBeCloseTo(30, 6);
    expect(middleRep({ reps: [], ends: [], seconds: [] })).toBeNull();
  });
});
