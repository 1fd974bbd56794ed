import { describe, expect, it } from 'vitest';

import { Visit } from './visit';

class Box {
  private readonly kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
}

describe('Visit', () => {
  it('lasts from the first sight to the last person settled', () => {
    let now = 1_000_000;
    const visit = new Visit('2026-11-21', () => now, new Box());
    expect(visit.minutes).toBeNull();
    now += 4 * 60_000;
    visit.did('a');
    now += 7 * 60_000;
    visit.did('b');
    visit.did('b');
    now += 60 * 60_000;
    expect([visit.minutes, visit.settled]).toEqual([11, 2]);
  });

  it('goes on after a reload, and begins anew after a long pause or on another day', () => {
    let now = 1_000_000;
    const box = new Box();
    new Visit('2026-11-21', () => now, box).did('a');
    now += 60_000;
    expect(new Visit('2026-11-21', () => now, box).settled).toBe(1);
    expect(new Visit('2026-11-22', () => now, box).settled).toBe(0);
    new Visit('2026-11-22', () => now, box).did('a');
    now += 31 * 60_000;
    expect(new Visit('2026-11-22', () => now, box).settled).toBe(0);
  });

  it('takes back what was taken back', () => {
    const visit = new Visit('2026-11-21', () => 1, new Box());
    visit.did('a');
    visit.undid('a');
    expect(visit.settled).toBe(0);
  });
});
