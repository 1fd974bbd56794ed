import { expect, test } from 'vitest';

import type { Prescription, Reference, Rep } from '$lib/api/types';
import { jumped, referenceFor } from './reference';

const RIG = { band_brand: null, band_label: 'green', placement: 'knees', ring_length_cm: 30 };
const plan = { exercise: 'clamshell', ...RIG } as Prescription;

function reference(changes: Partial<Reference>): Reference {
  return { id: 'r', exercise: 'clamshell', side: 'left', measured_us: 1, peak_n: 40, ...RIG, ...changes } as Reference;
}

test('the newest reference of the same rig and side holds', () => {
  const known = [reference({ id: 'old' }), reference({ id: 'new', measured_us: 2 }), reference({ id: 'right', side: 'right', measured_us: 3 })];
  expect(referenceFor(known, plan, 'left')?.id).toBe('new');
});

test.each([{ band_label: 'blue' }, { placement: 'ankles' }, { ring_length_cm: 35 }, { band_brand: 'x' }, { exercise: 'fire-hydrant' }])(
  'another %o asks again',
  (changes) => {
    expect(referenceFor([reference(changes)], plan, 'left')).toBeNull();
  },
);

test('first peaks over a quarter off are told', () => {
  const reps = (...peaks: number[]): Rep[] => peaks.map((peak_n) => ({ peak_n }) as Rep);
  expect(jumped(reps(60), 40)).toBeNull();
  expect(jumped(reps(41, 48), 40)).toBeNull();
  expect(jumped(reps(52, 54), 40)).toBeCloseTo(0.325);
  expect(jumped(reps(25, 27, 40), 40)).toBeCloseTo(-0.35);
  expect(jumped(reps(60, 60), null)).toBeNull();
});
