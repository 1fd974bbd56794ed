import { describe, expect, it } from 'vitest';

import { Playout, SampleClock } from './clock';

describe('SampleClock', () => {
  it('knows nothing before the first packet', () => {
    expect(new SampleClock().now(5)).toBeNaN();
  });

  it('stands on the fastest packet, so that late ones do not pull the picture back', () => {
    const clock = new SampleClock();
    clock.arrived(100.02, 1000);
    clock.arrived(100.45, 1000.2); // late
    expect(clock.now(100.5)).toBeCloseTo(1000.48, 6);
    clock.arrived(100.61, 1000.6);
    expect(clock.now(100.61)).toBeCloseTo(1000.6, 6);
  });

  it('follows clocks that drift apart', () => {
    const clock = new SampleClock();
    const drift = 1.0005; // 500 ppm, far worse than any crystal
    for (let s = 0; s < 120; s += 0.1) clock.arrived(s * drift + 0.02, 1000 + s);
    expect(Math.abs(clock.now(120 * drift + 0.02) - 1120)).toBeLessThan(0.02);
  });
});

describe('Playout', () => {
  it('waits at late samples, never runs back, and catches up', () => {
    const playout = new Playout();
    const shown: number[] = [];
    for (let local = 0; local < 6; local += 0.03) {
      const newest = local < 2 ? local - 0.05 : local < 3 ? 1.95 : local - 0.05; // a second of silence
      shown.push(playout.at(local, local, newest));
    }
    for (let i = 1; i < shown.length; i++) expect(shown[i]!).toBeGreaterThanOrEqual(shown[i - 1]!);
    expect(Math.max(...shown.slice(0, 100))).toBeLessThan(2.4);
    expect(shown.at(-1)!).toBeCloseTo(5.97, 1);
  });

  it('jumps over a long silence and to another clock', () => {
    const playout = new Playout();
    playout.at(0, 100, 100);
    expect(playout.at(0.03, 110, 110)).toBe(110);
    expect(playout.at(0.06, 50, 50)).toBe(50);
  });
});
