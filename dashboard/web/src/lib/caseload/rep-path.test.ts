import { describe, expect, it } from 'vitest';

import type { CaseRep } from '$lib/api/types';
import { repPaths } from './rep-path';

const shape = (peak: number) => ({ reps: 3, middle_n: [0, peak, 0], lower_n: [0, peak - 1, 0], upper_n: [0, peak + 1, 0], out_share: 0.4, back_share: 0.6 });
const rep = (now: number | null, first: number | null): CaseRep => ({
  exercise: 'clamshell', exercise_name: 'Clamshell', now: now === null ? null : shape(now), first: first === null ? null : shape(first),
});

describe('repPaths', () => {
  it('puts both weeks on one scale: the smaller rep is drawn lower', () => {
    const { now, first } = repPaths(rep(10, 20), 100, 46);
    const top = (path: string | null) => Number(path?.split('L')[1]?.split(' ')[1]);
    expect(top(first)).toBe(3);
    expect(top(now)).toBe(23);
  });

  it('closes the band of the middle half', () => {
    expect(repPaths(rep(10, null), 100, 46).band).toMatch(/^M.*Z$/);
  });

  it('draws only what there is', () => {
    expect(repPaths(rep(null, 20), 100, 46)).toMatchObject({ now: null, band: null });
    expect(repPaths(rep(10, null), 100, 46).first).toBeNull();
  });
});
