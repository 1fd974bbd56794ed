import { describe, expect, it } from 'vitest';

import type { Rep } from '$lib/api/types';
import { repViews, setView, steadyView, trouble, usualExcursion, worstPhase } from './view';

function rep(start: number, [out, hold, back]: readonly [number, number, number], more: Partial<Rep> = {}): Rep {
  return {
    concentric_start_s: start,
    concentric_end_s: start + out,
    eccentric_start_s: start + out + hold,
    eccentric_end_s: start + out + hold + back,
    peak_n: 40,
    excursion_n: 33,
    faults: [],
    tempo: null,
    eccentric: null,
    ...more,
  };
}

describe('repViews', () => {
  it('times every phase, the rest by the next rep', () => {
    const [first, last] = repViews([rep(1, [2, 1, 2]), rep(7, [2, 1, 2])], '2-1-2-1');
    expect(first!.phases.map((phase) => [phase.key, phase.seconds])).toEqual([['out', 2], ['hold', 1], ['back', 2], ['rest', 1]]);
    expect(last!.phases.map((phase) => phase.key)).not.toContain('rest'); // nothing follows the last rep
  });

  it('judges by a fifth or a quarter of a second, whichever is wider', () => {
    const judged = (seconds: number, tempo: string) => repViews([rep(0, [2, 1, seconds])], tempo)[0]!.phases.find((phase) => phase.key === 'back')!.onTempo;
    expect([judged(2.39, '2-1-2'), judged(2.41, '2-1-2')]).toEqual([true, false]);
    expect([judged(0.76, '2-1-1'), judged(0.74, '2-1-1')]).toEqual([true, false]);
  });

  it('does not judge what is not prescribed', () => {
    const phases = repViews([rep(0, [2, 1, 2]), rep(9, [2, 1, 2])], '2-x-2')[0]!.phases;
    expect(phases.find((phase) => phase.key === 'hold')).toMatchObject({ targetS: null, errorS: null, onTempo: null });
    expect(phases.find((phase) => phase.key === 'rest')).toMatchObject({ targetS: null, onTempo: null });
  });

  it('lets the server’s word go before its own', () => {
    const tempo = { concentric: { seconds: 1.9, uncertainty_s: 0.1, target_s: 2, error_s: -0.1, error_percent: -5, on_tempo: false }, on_tempo: false, score: 71 };
    const view = repViews([rep(0, [2, 1, 2], { tempo })], '2-1-2')[0]!;
    expect(view.phases[0]).toMatchObject({ seconds: 1.9, onTempo: false });
    expect(view.score).toBe(71);
  });
});

describe('worst', () => {
  it('is the phase furthest off, and none when all keep the tempo', () => {
    const views = repViews([rep(0, [2.6, 1, 0.8]), rep(6, [2, 1, 2])], '2-1-2');
    expect(worstPhase(views[0]!)?.key).toBe('back');
    expect(worstPhase(views[1]!)).toBeNull();
  });

  it('puts faults before seconds', () => {
    const [slow, fault] = repViews([rep(0, [6, 1, 6]), rep(20, [2, 1, 2], { faults: ['lost_hold'] })], '2-1-2');
    expect(trouble(fault!)).toBeGreaterThan(trouble(slow!));
  });
});

describe('setView', () => {
  it('counts only what was judged, and finds no score where there is none', () => {
    const view = setView({ reps: [rep(0, [2, 1, 2])], tempo: null, score: null });
    expect(view).toMatchObject({ judged: 0, onTempo: 0, tempoScore: null });
  });
});

describe('steadyView', () => {
  it('says what a walk held, and nothing for a set with phases', () => {
    const score = { time_above_floor_s: 41.5, share_above_floor: 0.9, floor_n: 12, slack_events: [{ start_s: 3, seconds: 0.8 }], steps: 24, cadence_steps_per_min: 33 };
    expect(steadyView({ kind: 'constant_tension', score })).toEqual({ aboveS: 41.5, share: 0.9, floorN: 12, slack: [{ startS: 3, endS: 3.8 }], steps: 24, cadence: 33 });
    expect(steadyView({ kind: 'dynamic', score })).toBeNull();
  });

  it('leaves out what the sensor could not tell', () => {
    expect(steadyView({ kind: 'push_out', score: { floor_n: null } })).toMatchObject({ aboveS: null, floorN: null, slack: [], steps: null });
  });
});

describe('usualExcursion', () => {
  it('is the middle rep, not the highest', () => {
    const reps = [30, 40, 41, 90].map((peak) => rep(0, [2, 1, 2], { peak_n: peak, excursion_n: peak - 7 }));
    expect(usualExcursion(reps)).toEqual({ peakN: 41, baseN: 7 });
    expect(usualExcursion([])).toBeNull();
  });
});
