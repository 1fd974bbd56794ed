import { expect, test } from 'vitest';

import { COUNT_IN_S, downFirst, Metronome } from './metronome';
import { isTimed, parseTempo, type TimedPlan } from './plan';

function timed(text: string): TimedPlan {
  const plan = parseTempo(text);
  if (!isTimed(plan)) throw new Error(text);
  return plan;
}

test('it counts in, plays every rep and stops', () => {
  const metronome = new Metronome(timed('2-1-2-1'), 2);
  expect(metronome.at(100).state).toBe('ready');
  metronome.start(100);
  expect(metronome.at(101)).toMatchObject({ state: 'ready', leftS: COUNT_IN_S - 1, rep: 0 });
  const t0 = 100 + COUNT_IN_S;
  expect(metronome.at(t0 + 0.5)).toMatchObject({ phase: 'out', leftS: 1.5, rep: 1, next: 'hold' });
  expect(metronome.at(t0 + 2.5)).toMatchObject({ phase: 'hold', level: 1 });
  expect(metronome.at(t0 + 4)).toMatchObject({ phase: 'back', next: 'rest' });
  expect(metronome.at(t0 + 6.1)).toMatchObject({ phase: 'out', rep: 2 });
  expect(metronome.at(t0 + 12)).toMatchObject({ over: true, rep: 2, state: 'ready' });
  expect([5.5, 6, 11.9, 12, 99].map((s) => metronome.done(t0 + s))).toEqual([0, 1, 1, 2, 2]);
});

test('without a prescribed rest there is a moment to turn', () => {
  const metronome = new Metronome(timed('2-0-2'), 3);
  metronome.start(0);
  expect(metronome.at(COUNT_IN_S + 4.2)).toMatchObject({ phase: 'rest', state: 'moving', rep: 1 });
  expect(metronome.done(COUNT_IN_S + 4.2)).toBe(1);
});

test('a squat goes down first', () => {
  expect(downFirst('banded-squat')).toBe(true);
  const metronome = new Metronome(timed('2-1-3-0'), 1, true);
  metronome.start(0);
  expect(metronome.at(COUNT_IN_S + 1)).toMatchObject({ phase: 'back', leftS: 2, next: 'out' });
  expect(metronome.at(COUNT_IN_S + 3.5)).toMatchObject({ phase: 'out', next: 'hold' });
  expect(metronome.at(COUNT_IN_S + 5.5)).toMatchObject({ phase: 'hold', next: 'back' });
});

test('a pause begins the broken rep again', () => {
  const metronome = new Metronome(timed('2-0-2-0'), 5);
  metronome.start(0);
  metronome.pause(COUNT_IN_S + 5);
  expect(metronome.at(999)).toMatchObject({ rep: 2, phase: 'out' });
  metronome.resume(1000);
  expect(metronome.at(1000.5).state).toBe('ready');
  expect(metronome.at(1000 + COUNT_IN_S + 0.1)).toMatchObject({ rep: 2, phase: 'out' });
  expect(metronome.done(1000 + COUNT_IN_S + 4)).toBe(2);
});
