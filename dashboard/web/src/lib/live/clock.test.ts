import { describe, expect, it } from 'vitest';

import { SampleClock } from './clock';

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
