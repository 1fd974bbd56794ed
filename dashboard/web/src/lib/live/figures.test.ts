import { describe, expect, it } from 'vitest';

import { figuresOf, Recording } from './figures';
import { SampleRing } from './ring';

function ringOf(values: readonly number[]): SampleRing {
  const ring = new SampleRing(64);
  ring.push({
    seq: 0, t0Us: 1e15, rateHz: 80, lost: 0, streamTag: 1,
    dtUs: Uint32Array.from(values, (_, i) => i * 100_000), tensionN: Float32Array.from(values),
  });
  return ring;
}

describe('figuresOf', () => {
  it('looks only at the samples since then', () => {
    const ring = ringOf([90, 10, 20, 30]);
    expect(figuresOf(ring, 1e9 + 0.1 - 1e-6)).toEqual({ nowN: 30, peakN: 30, meanN: 20 });
    expect(figuresOf(ring, 1e9 + 5)).toBeNull();
  });

  it('finds the peak of a band that pulls below zero', () => {
    expect(figuresOf(ringOf([-4, -2, -3]), 0)!.peakN).toBe(-2);
  });
});

describe('Recording', () => {
  it('keeps its figures for as long as it runs', () => {
    const recording = new Recording(1e9);
    for (let i = 0; i < 1000; i++) recording.push(1e9 + i / 80, i % 100);
    expect(recording).toMatchObject({ peakN: 99, meanN: 49.5, samples: 1000, startUs: 1e15 });
    expect(recording.seconds).toBeCloseTo(999 / 80, 5);
  });
});
