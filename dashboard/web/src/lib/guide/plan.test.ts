import { describe, expect, it } from 'vitest';

import { ease, levelIn, parseTempo, segments, type TimedPlan } from './plan';

const timed = (text: string): TimedPlan => parseTempo(text) as TimedPlan;

describe('parseTempo', () => {
  it.each(['2–1–2', '2 / 1 / 2', '2 1 2', '2 s - 1 s - 2 s', '2,0-1-2'])('reads %s as people write it', (text) => {
    expect(parseTempo(text)).toEqual(parseTempo('2-1-2'));
  });

  it.each(['0-1-2', '2-1-0', '2020', '-2-1-2', '1e2-0-2'])('refuses %s as the server does', (text) => {
    expect(parseTempo(text)).toBeNull();
  });

  it('reads out-hold-back-rest, concentric first', () => {
    expect(timed('2-1-3-0').phases.map((phase) => [phase.key, phase.seconds])).toEqual([
      ['out', 2], ['hold', 1], ['back', 3], ['rest', 0],
    ]);
  });

  it('leaves the rest of a three-part tempo unprescribed, which is not zero', () => {
    expect(timed('2-1-2').phases[3].seconds).toBeNull();
  });

  it('reads an unprescribed phase and fractions', () => {
    expect(timed('2-x-1.5').phases.map((phase) => phase.seconds)).toEqual([2, null, 1.5, null]);
  });

  it('reads the words', () => {
    expect(parseTempo('constant')).toEqual({ kind: 'constant' });
    expect(parseTempo(' Controlled ')).toEqual({ kind: 'controlled' });
  });

  it.each(['', '2-1', '2-1-2-0-1', 'a-b-c', '2--2', '-1-0-2', null])('refuses %s', (text) => {
    expect(parseTempo(text)).toBeNull();
  });
});

describe('segments', () => {
  it('follow one another and leave out phases of no length', () => {
    expect(segments(timed('2-0-3-1'))).toEqual([
      { key: 'out', startS: 0, endS: 2 }, { key: 'back', startS: 2, endS: 5 }, { key: 'rest', startS: 5, endS: 6 },
    ]);
  });

  it('plays an unprescribed way out or back calmly', () => {
    expect(segments(timed('x-1-x')).map((part) => part.endS - part.startS)).toEqual([2, 1, 2]);
  });

  it('join without a jump', () => {
    const parts = segments(timed('2-1-2-1'));
    for (let i = 1; i < parts.length; i++) {
      expect(levelIn(parts[i]!, parts[i]!.startS)).toBeCloseTo(levelIn(parts[i - 1]!, parts[i - 1]!.endS), 9);
    }
  });
});

describe('ease', () => {
  it('is a symmetrical minimum-jerk rise', () => {
    expect([ease(-1), ease(0), ease(0.5), ease(1), ease(2)]).toEqual([0, 0, 0.5, 1, 1]);
    expect(ease(0.25) + ease(0.75)).toBeCloseTo(1, 12);
  });
});
