import { describe, expect, it } from 'vitest';

import type { PersonKept } from '$lib/api/types';
import { needOf, tensionPerSet } from './need';

function kept(done: number, of: number, tut: number, planned: number | null, onTempo: number | null): PersonKept {
  return {
    person: { id: 'p', name: 'P' },
    prescriptions: [{ prescription_id: 'r', exercise: 'e', side: 'both', exercise_name: 'E', sets_done: done, sets_prescribed: of, tut_s: tut, tut_prescribed_s: planned, on_tempo_share: onTempo, reason: '' }],
    sets_done: done,
    sets_prescribed: of,
    tut_share: null,
    on_tempo_share: onTempo,
    last_set_us: null,
  };
}

describe('needOf', () => {
  it('names who rushes, though every set is done', () => {
    expect(needOf(kept(12, 12, 300, 600, 0.9))).toBe('look'); // half the time under tension
    expect(needOf(kept(12, 12, 600, 600, 0.3))).toBe('look'); // off tempo
  });

  it('does not call a week that is not over rushed', () => {
    expect(needOf(kept(3, 12, 150, 600, 0.9))).toBe('under_way'); // a quarter of the sets, all of their time
  });

  it('knows the others', () => {
    expect(needOf(kept(0, 12, 0, 600, null))).toBe('none');
    expect(needOf(kept(12, 12, 600, 600, 0.9))).toBe('fine');
    expect(needOf(kept(12, 12, 600, null, null))).toBe('fine'); // nothing prescribed in seconds: nothing to hold against
  });
});

describe('tensionPerSet', () => {
  it('compares with the sets that were done, not with the week', () => {
    expect(tensionPerSet(kept(3, 12, 150, 600, null))).toBeCloseTo(1, 9);
    expect(tensionPerSet(kept(0, 12, 0, 600, null))).toBeNull();
  });
});
