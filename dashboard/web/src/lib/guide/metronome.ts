/**
 * A tempo played by the clock, for exercises whose band cannot show the lift: the wearer follows, nobody measures.
 * It counts in, plays every rep, rests where the plan does, and stops at the last one.
 */

import type { GuideNow } from './guide';
import { levelIn, segments, type Segment, type TimedPlan } from './plan';

export const COUNT_IN_S = 3;
/** Between reps where the plan prescribes no rest: time to turn. */
const TURN_S = 0.5;

export interface MetronomeNow extends GuideNow {
  /** 1, 2, 3 ... the rep under way; 0 while it counts in. */
  rep: number;
  /** All reps are played. */
  over: boolean;
}

/** Squats begin at the top: down first, then up. */
export function downFirst(exercise: string): boolean {
  return exercise.includes('squat');
}

function rotated(parts: readonly Segment[]): Segment[] {
  const start = parts.findIndex((part) => part.key === 'back');
  if (start < 0) return [...parts];
  let at = 0;
  return [...parts.slice(start), ...parts.slice(0, start)].map(({ key, startS, endS }) => {
    const length = endS - startS;
    at += length;
    return { key, startS: at - length, endS: at };
  });
}

export class Metronome {
  readonly parts: Segment[];
  readonly periodS: number;
  private startedS: number | null = null;
  private pausedS: number | null = null;
  /** Reps done before the clock was last started. */
  private before = 0;

  constructor(
    plan: TimedPlan,
    readonly reps: number,
    down = false,
  ) {
    const parts = segments(plan);
    this.parts = down ? rotated(parts) : parts;
    const last = this.parts.at(-1)?.endS ?? 0;
    this.periodS = last + (plan.phases[3].seconds === null ? TURN_S : 0);
  }

  get started(): boolean {
    return this.startedS !== null;
  }

  get paused(): boolean {
    return this.pausedS !== null;
  }

  start(nowS: number): void {
    this.startedS ??= nowS + COUNT_IN_S;
  }

  pause(nowS: number): void {
    if (this.started) this.pausedS ??= nowS;
  }

  /** Goes on with the rep that was broken off, from its beginning, after counting in again. */
  resume(nowS: number): void {
    if (this.pausedS === null || this.startedS === null) return;
    this.before = this.done(this.pausedS);
    this.startedS = nowS + COUNT_IN_S;
    this.pausedS = null;
  }

  /** Reps played to their end. */
  done(nowS: number): number {
    if (this.startedS === null) return 0;
    const passed = (this.pausedS ?? nowS) - this.startedS;
    const turnS = this.periodS - (this.parts.at(-1)?.endS ?? 0);
    return Math.min(this.reps, this.before + Math.max(0, Math.floor((passed + turnS) / this.periodS)));
  }

  at(nowS: number): MetronomeNow {
    const first = this.parts[0]?.key ?? 'out';
    const waiting: MetronomeNow = { state: 'ready', phase: 'rest', leftS: null, share: 1, level: 0, next: first, rep: this.before, over: false };
    if (this.startedS === null) return waiting;
    const passed = (this.pausedS ?? nowS) - this.startedS;
    if (passed < 0) return { ...waiting, leftS: -passed };
    const index = Math.floor(passed / this.periodS);
    if (this.before + index >= this.reps) return { ...waiting, rep: this.reps, over: true };
    return this.within(passed - index * this.periodS, this.before + index + 1, first);
  }

  private within(s: number, rep: number, first: Segment['key']): MetronomeNow {
    const i = this.parts.findIndex((part) => s < part.endS);
    if (i < 0) return { state: 'moving', phase: 'rest', leftS: this.periodS - s, share: 0, level: 0, next: first, rep, over: false };
    const part = this.parts[i]!;
    return {
      state: 'moving',
      phase: part.key,
      leftS: part.endS - s,
      share: (s - part.startS) / (part.endS - part.startS),
      level: levelIn(part, s),
      next: this.parts[(i + 1) % this.parts.length]!.key,
      rep,
      over: false,
    };
  }
}
