import { describe, expect, it } from 'vitest';

import { Guide } from './guide';
import { ease, parseTempo, type TimedPlan } from './plan';

const plan = parseTempo('2-1-2-1') as TimedPlan;
const BASE = 7;
const PEAK = 42;
const RATE = 80;

/** A wearer who starts reps at the given times with their own seconds out, hold, back. */
function wearer(starts: readonly number[], [out, hold, back]: readonly [number, number, number]) {
  return (t: number): number => {
    const start = starts.findLast((s) => s <= t);
    if (start === undefined) return BASE;
    const s = t - start;
    const level = s < out ? ease(s / out) : s < out + hold ? 1 : 1 - ease((s - out - hold) / back);
    return BASE + (PEAK - BASE) * level;
  };
}

/** Plays a wearer to a guide; returns the moments at which the guide started a rep. */
function play(guide: Guide, tension: (t: number) => number, seconds: number, noise = 0): number[] {
  const started: number[] = [];
  for (let i = 0; i < seconds * RATE; i++) {
    const t = i / RATE;
    const wobble = noise * Math.sin(i * 12.9898) * Math.sin(i * 78.233);
    if (guide.push(t, tension(t) + wobble)) started.push(t);
  }
  return started;
}

const newGuide = () => new Guide(plan, { baseN: BASE, peakN: PEAK });

describe('Guide, go when ready', () => {
  it('waits at the bottom for as long as nothing moves', () => {
    const guide = newGuide();
    expect(play(guide, () => BASE, 30, 0.6)).toEqual([]);
    expect(guide.at(30)).toMatchObject({ state: 'ready', leftS: null, level: 0, next: 'out' });
  });

  it('starts the clock at the wearer’s own onset', () => {
    const guide = newGuide();
    const [noticed] = play(guide, wearer([3], [2, 1, 2]), 6);
    expect(noticed! - 3).toBeLessThan(0.75);
    const onset = 3.25 - (2 - guide.at(3.25).leftS!);
    expect(Math.abs(onset - 3)).toBeLessThan(0.1); // back-dated to where the rise really began
  });

  it('then plays out, hold, back and rest, and waits again', () => {
    const guide = newGuide();
    play(guide, wearer([3], [2, 1, 2]), 4);
    const onset = 4 - guide.at(4).share * 2;
    const phases = [0.5, 2.5, 3.5, 5.5, 6.5].map((s) => guide.at(onset + s));
    expect(phases.map((now) => now.phase)).toEqual(['out', 'hold', 'back', 'rest', 'rest']);
    expect(phases.map((now) => now.state)).toEqual(['moving', 'moving', 'moving', 'moving', 'ready']);
    expect(phases[1]!.leftS).toBeCloseTo(0.5, 6);
    expect(phases[1]!.next).toBe('back');
  });

  it('starts one rep for each of the wearer’s, noise and hesitation or not', () => {
    const starts = [2, 8.5, 15, 21.2, 28];
    expect(play(newGuide(), wearer(starts, [2.1, 0.9, 1.9]), 36, 0.8)).toHaveLength(starts.length);
  });

  it('follows a wearer who rushes and is ready before the plan', () => {
    const starts = [2, 6, 10, 14];
    expect(play(newGuide(), wearer(starts, [1.6, 0.4, 0.7]), 20)).toHaveLength(starts.length);
  });

  it('does not start in the middle of a rep that it joined late', () => {
    const tension = wearer([-1.5, 5], [2, 1, 2]);
    const started = play(newGuide(), tension, 8);
    expect(started).toHaveLength(1);
    expect(started[0]!).toBeGreaterThan(5);
  });

  it('stands still while paused and goes on at the bottom', () => {
    const guide = newGuide();
    guide.pause(0);
    expect(play(guide, wearer([2], [2, 1, 2]), 8)).toEqual([]);
    guide.resume();
    expect(guide.at(8)).toMatchObject({ state: 'ready', level: 0 });
  });
});

describe('Guide, follow the beat', () => {
  const beat = () => new Guide(plan, { baseN: BASE, peakN: PEAK }, 'beat');

  it('waits for the first rep, then keeps its own time whatever the wearer’s', () => {
    const started = play(beat(), wearer([3, 10.5, 16.1, 23], [2, 1, 2]), 27);
    const apart = started.slice(2).map((s, i) => s - started[i + 1]!);
    expect(started[0]!).toBeGreaterThan(3);
    expect(started.length).toBe(4);
    for (const s of apart) expect(s).toBeCloseTo(6, 1); // 2-1-2-1
  });

  it('stops when the wearer does, and waits again', () => {
    const guide = beat();
    expect(play(guide, wearer([3, 9], [2, 1, 2]), 60)).toHaveLength(4); // two of theirs, two more until it is sure
    expect(guide.at(60).state).toBe('ready');
  });

  it('adds a rest of its own where the plan prescribes none', () => {
    expect(new Guide(parseTempo('1-0-1') as TimedPlan, { baseN: BASE, peakN: PEAK }, 'beat').periodS).toBe(3);
  });
});

describe('Guide.starts', () => {
  it('has the next rep waiting at the pen while ready', () => {
    const guide = newGuide();
    play(guide, () => BASE, 2);
    expect(guide.starts(2 - 6.67, 2 + 3.33, 2)[0]).toBe(2);
  });

  it('covers what lies ahead without overlap', () => {
    const guide = newGuide();
    play(guide, wearer([3], [2, 1, 2]), 5);
    const starts = guide.starts(5 - 6.67, 5 + 3.33, 5);
    for (let i = 1; i < starts.length; i++) expect(starts[i]! - starts[i - 1]!).toBeGreaterThanOrEqual(guide.repS - 1e-9);
    expect(starts.at(-1)! + guide.repS).toBeGreaterThan(8.3);
  });

  it('leaves out what has moved out of sight', () => {
    const guide = newGuide();
    play(guide, wearer([3], [2, 1, 2]), 20);
    expect(guide.starts(20 - 6.67, 20 + 3.33, 20).every((onsetS) => onsetS >= 20)).toBe(true);
  });
});
