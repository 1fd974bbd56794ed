import { describe, expect, it } from 'vitest';

import type { Prescription, SetRecord } from '$lib/api/types';
import { dayOf, nextAfter, restOf, sideNext } from './today';

const NOW = new Date(2026, 10, 21, 18, 0).getTime();

function plan(id: string, more: Partial<Prescription> = {}): Prescription {
  return {
    id, person_id: 'p', exercise: id, exercise_name: id, kind: 'dynamic', side: 'both', tempo: '2-1-2', sets: 2,
    reps_lower: 10, reps_upper: 10, seconds: null, steps: null, days_per_week: 3, weekdays: null, version: 1, ended_us: null, ...more,
  } as Prescription;
}

function set(prescription: string, hour: number, day = 21, status: SetRecord['status'] = 'final'): SetRecord {
  const startedUs = new Date(2026, 10, day, hour).getTime() * 1000;
  return { prescription_id: prescription, started_us: startedUs, ended_us: status === 'open' ? null : startedUs + 60e6, status } as SetRecord;
}

const never = () => false;

describe('dayOf', () => {
  it('counts the sets of today that ended, and names what is next', () => {
    const day = dayOf([plan('a'), plan('b'), plan('c')], [set('a', 8), set('a', 9), set('b', 10), set('b', 10, 20), set('b', 11, 21, 'open')], never, NOW);
    expect(day.map((item) => [item.plan.id, item.done, item.of, item.next])).toEqual([['a', 2, 2, false], ['b', 1, 2, true], ['c', 0, 2, false]]);
    expect(day[0]!.doneUs).toBe(new Date(2026, 10, 21, 9).getTime() * 1000 + 60e6);
  });

  it('asks for both sides of a one-sided exercise, unless one side is prescribed', () => {
    const day = dayOf([plan('a'), plan('b', { side: 'left' })], [], () => true, NOW);
    expect(day.map((item) => item.of)).toEqual([4, 2]);
  });

  it('estimates what is left, and nothing for what is done or over', () => {
    const day = dayOf([plan('a'), plan('b', { ended_us: 1 })], [set('a', 8)], never, NOW);
    expect(day).toHaveLength(1);
    expect(day[0]!.leftS).toBe(10 * 5 + 30);
  });

  it('leaves discarded sets out', () => {
    expect(dayOf([plan('a')], [set('a', 8, 21, 'discarded')], never, NOW)[0]!.done).toBe(0);
  });
});

describe('what comes after a set', () => {
  const circuit = { set_order: 'circuit' } as const;

  it('straight sets stay with their exercise until it is done', () => {
    const plans = [plan('a'), plan('b')];
    expect(nextAfter(dayOf(plans, [set('b', 8)], never, NOW), 'b')?.plan.id).toBe('b');
    expect(nextAfter(dayOf(plans, [set('b', 8), set('b', 9)], never, NOW), 'b')?.plan.id).toBe('a');
    expect(nextAfter(dayOf(plans, [], never, NOW), null)?.plan.id).toBe('a');
  });

  it('a circuit goes round, and passes over what is done', () => {
    const plans = [plan('a', circuit), plan('b'), plan('c', circuit), plan('d', circuit)];
    expect(nextAfter(dayOf(plans, [set('a', 8)], never, NOW), 'a')?.plan.id).toBe('c');
    expect(nextAfter(dayOf(plans, [set('d', 8)], never, NOW), 'd')?.plan.id).toBe('a');
    expect(nextAfter(dayOf(plans, [set('c', 8), set('c', 9), set('a', 10)], never, NOW), 'a')?.plan.id).toBe('d');
  });

  it('nothing, when all is done', () => {
    expect(nextAfter(dayOf([plan('a')], [set('a', 8), set('a', 9)], never, NOW), 'a')).toBeNull();
  });

  it('counts a walk that turned once', () => {
    const back = { ...set('a', 9), direction: 'back' } as SetRecord;
    expect(dayOf([plan('a')], [set('a', 8), back], never, NOW)[0]!.done).toBe(1);
  });

  it('takes the side that had fewer sets, and the prescribed rest', () => {
    const did = (side: string): SetRecord => ({ ...set('a', 8), exercise: 'a', side }) as SetRecord;
    expect(sideNext(plan('a'), true, [], NOW)).toBe('left');
    expect(sideNext(plan('a'), true, [did('left')], NOW)).toBe('right');
    expect(sideNext(plan('a'), true, [did('left'), did('right')], NOW)).toBe('left');
    expect(sideNext(plan('a', { side: 'right' }), true, [did('right')], NOW)).toBe('right');
    expect(sideNext(plan('a'), false, [], NOW)).toBe('both');
    expect([restOf(plan('a')), restOf(plan('a', { rest_s: 75 }))]).toEqual([30, 75]);
  });
});
