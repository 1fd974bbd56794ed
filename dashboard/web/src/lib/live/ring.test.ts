import { describe, expect, it } from 'vitest';

import type { SampleBlock } from './protocol';
import { SampleRing } from './ring';

const T0 = 1_700_000_000;

function block(seq: number, startS: number, values: readonly number[], more: Partial<SampleBlock> = {}): SampleBlock {
  return {
    seq,
    t0Us: (T0 + startS) * 1e6,
    rateHz: 80,
    lost: 0,
    streamTag: 1,
    dtUs: Uint32Array.from(values, (_, i) => i * 12_500),
    tensionN: Float32Array.from(values),
    ...more,
  };
}

/** What a window holds; null where the line breaks. */
function read(ring: SampleRing, fromS = -Infinity, toS = Infinity): { time: number[]; tension: (number | null)[] } {
  const into = { time: [] as number[], tension: [] as (number | null)[] };
  ring.visit(fromS, toS, (timeS, tensionN, broken) => {
    if (broken) into.tension.push(null);
    into.tension.push(tensionN);
    into.time.push(timeS);
  });
  return into;
}

describe('SampleRing', () => {
  it('gives back what was pushed, in order', () => {
    const ring = new SampleRing(16);
    ring.push(block(0, 0, [1, 2, 3]));
    ring.push(block(1, 0.0375, [4, 5]));
    expect(read(ring).tension).toEqual([1, 2, 3, 4, 5]);
    expect(ring.newestN).toBe(5);
    expect(ring.newestS - T0).toBeCloseTo(0.05, 5);
  });

  it('forgets the oldest when full, never the newest', () => {
    const ring = new SampleRing(4);
    for (let i = 0; i < 5; i++) ring.push(block(i, i * 0.025, [2 * i, 2 * i + 1]));
    expect(read(ring).tension).toEqual([6, 7, 8, 9]);
    expect(ring.length).toBe(4);
  });

  it('takes a repeated or overtaken block only once', () => {
    const ring = new SampleRing(16);
    ring.push(block(3, 0, [1, 2]));
    expect(ring.push(block(3, 0, [1, 2]))).toBe(0);
    expect(ring.push(block(2, -0.025, [0, 0]))).toBe(0);
    expect(ring.length).toBe(2);
  });

  it.each([
    ['samples were lost before a block', block(1, 0.025, [3], { lost: 2 })],
    ['a block is missing', block(2, 0.025, [3])],
    ['time jumps', block(1, 1, [3])],
    ['another stream begins', block(0, 0.025, [3], { streamTag: 2 })],
  ])('breaks the line where %s', (_, later) => {
    const ring = new SampleRing(16);
    ring.push(block(0, 0, [1, 2]));
    ring.push(later);
    expect(read(ring).tension).toEqual([1, 2, null, 3]);
  });

  it('joins the small holes some sensors leave at packet edges', () => {
    const ring = new SampleRing(16);
    ring.push(block(0, 0, [1, 2]));
    ring.push(block(1, 0.05, [3]));
    expect(read(ring).tension).toEqual([1, 2, 3]);
  });

  it('cuts a window and finds its quantiles', () => {
    const ring = new SampleRing(64);
    ring.push(block(0, 0, Array.from({ length: 40 }, (_, i) => i)));
    expect(read(ring, T0 + 0.25 - 1e-4, T0 + 0.3 + 1e-4).tension).toEqual([20, 21, 22, 23, 24]);
    expect(ring.quantile(-Infinity, 0.5)).toBe(20);
    expect(new SampleRing(4).quantile(0, 0.5)).toBeNaN();
  });

  it('has times that only rise, whatever comes', () => {
    const ring = new SampleRing(128);
    for (let i = 0; i < 200; i++) {
      ring.push(block(i, Math.random() * 3, [1, 2, 3], { streamTag: 1 + Math.floor(i / 50) }));
    }
    const { time } = read(ring);
    for (let i = 1; i < time.length; i++) expect(time[i]!).toBeGreaterThan(time[i - 1]!);
  });
});
