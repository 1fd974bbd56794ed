import { describe, expect, it } from 'vitest';

import type { Exercise, Prescription } from '$lib/api/types';
import { blank, bodyOf, choose, fromPlan, problemsOf, tempoText } from './form';

const clamshell = {
  slug: 'clamshell', name: 'Clamshell', kind: 'dynamic', unilateral: true, placement: ['just above the knees'],
  sets: { lower: 3, upper: 3 }, dose: { unit: 'reps', lower: 15, upper: 20 }, tempo: '2-1-2',
} as unknown as Exercise;
const walk = {
  slug: 'walk', kind: 'constant_tension', unilateral: false, placement: ['just above the knees', 'around the ankles'],
  sets: { lower: 2, upper: 2 }, dose: { unit: 'seconds', lower: 60, upper: 60 }, tempo: 'constant',
} as unknown as Exercise;

describe('the form', () => {
  it('starts with what the catalogue says', () => {
    const form = choose(blank(), clamshell);
    expect([form.lower, form.upper, tempoText(form), form.placement]).toEqual(['15', '20', '2-1-2', 'just above the knees']);
    expect(problemsOf(form, clamshell)).toEqual({});
  });

  it('sends one amount in the unit of the exercise', () => {
    const body = bodyOf(choose(blank(), walk), walk, null);
    expect([body.seconds, body.reps_lower, body.steps, body.tempo]).toEqual([60, undefined, undefined, 'constant']);
    const reps = bodyOf({ ...choose(blank(), clamshell), upper: '' }, clamshell, null);
    expect([reps.reps_lower, reps.reps_upper]).toEqual([15, 15]);
  });

  it('keeps an empty phase unprescribed, and a zero a zero', () => {
    const form = choose(blank(), clamshell);
    expect(tempoText({ ...form, phases: { out: '2', hold: '', back: '2,5', rest: '' } })).toBe('2-x-2.5');
    expect(tempoText({ ...form, phases: { out: '2', hold: '0', back: '2', rest: '0' } })).toBe('2-0-2-0');
  });

  it('says what is wrong at its field', () => {
    const form = { ...choose(blank(), clamshell), sets: '0', lower: '12', upper: '8', rest: 'a', days: '9', painLimit: '11', ring: '-1' };
    const wrong = { ...form, phases: { out: 'two', hold: '', back: '2', rest: '' } };
    expect(problemsOf(wrong, clamshell)).toEqual({ sets: 'whole', upper: 'range', rest: 'rest', days: 'days', painLimit: 'pain', ring: 'ring', phases: 'seconds' });
    expect(problemsOf({ ...form, sets: '3', upper: '', rest: '', days: '9', weekdays: [0], painLimit: '', ring: '' }, clamshell)).toEqual({});
    expect(problemsOf(blank(), null).exercise).toBe('choose');
  });

  it('revises a prescription without changing what is not touched', () => {
    const plan = {
      id: 'p', exercise: 'clamshell', side: 'left', mode: 'rehab', set_order: 'circuit', sets: 2, reps_lower: 8, reps_upper: 10, seconds: null,
      steps: null, tempo: '3-x-3', rest_s: 45, days_per_week: null, weekdays: [0, 3], band_brand: 'A', band_label: 'red', placement: 'just above the knees',
      ring_length_cm: 30.5, pain_limit: 4, progression: null, cue: 'Slow',
    } as unknown as Prescription;
    expect(bodyOf(fromPlan(plan), clamshell, 'p')).toEqual({
      id: 'p', exercise: 'clamshell', side: 'left', mode: 'rehab', set_order: 'circuit', sets: 2, reps_lower: 8, reps_upper: 10,
      tempo: '3-x-3', rest_s: 45, days_per_week: null, weekdays: [0, 3], band_brand: 'A', band_label: 'red', placement: 'just above the knees',
      ring_length_cm: 30.5, pain_limit: 4, progression: 'none', cue: 'Slow',
    });
  });
});
