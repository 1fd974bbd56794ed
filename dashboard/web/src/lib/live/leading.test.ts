import { describe, expect, it } from 'vitest';

import type { SetRecord } from '$lib/api/types';
import { parseTempo } from '$lib/guide/plan';
import { beatOnly, guideFor, metronomeFor, steadyFor } from './leading';

const EXCURSION = { baseN: 5, peakN: 45 };
const SLOW = parseTempo('2-1-2');
const QUICK = parseTempo('1-0-1-0');

function set(kind: SetRecord['kind'], more: Partial<SetRecord> = {}): SetRecord {
  return { kind, exercise: 'clamshell', target: null, ...more } as SetRecord;
}

describe('what leads a set', () => {
  it('is a guide for timed reps, by the beat where they are quick', () => {
    expect(guideFor(set('dynamic'), SLOW, EXCURSION, 'ready')?.mode).toBe('ready');
    expect(guideFor(set('dynamic'), QUICK, EXCURSION, 'ready')?.mode).toBe('beat');
    expect([beatOnly(SLOW), beatOnly(QUICK), beatOnly(parseTempo('constant'))]).toEqual([false, true, false]);
    expect(guideFor(set('dynamic'), parseTempo('controlled'), EXCURSION, 'beat')).toBeNull();
    expect(guideFor(set('push_out'), SLOW, EXCURSION, 'ready')).toBeNull();
  });

  it('is a floor for walks and push-outs: the stance sets it, or it is known', () => {
    expect(steadyFor(set('constant_tension'), null)?.now.state).toBe('stance');
    expect(steadyFor(set('push_out'), 21)?.now).toMatchObject({ state: 'working', floorN: 21 });
    expect(steadyFor(set('dynamic'), 21)).toBeNull();
  });

  it('is a metronome where the band shows no reps', () => {
    const target = { reps_lower: 2, reps_upper: null } as SetRecord['target'];
    const played = metronomeFor(set('by_hand', { target }), SLOW);
    played?.start(0);
    expect(played?.at(60).over).toBe(true);
    const open = metronomeFor(set('push_out'), SLOW);
    open?.start(0);
    expect(open?.at(60).over).toBe(false);
    expect(metronomeFor(set('dynamic'), SLOW)).toBeNull();
    expect(metronomeFor(set('push_out'), parseTempo('controlled'))).toBeNull();
  });
});
