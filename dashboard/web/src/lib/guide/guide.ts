/**
 * The guide of a live set. *Go when ready* waits at the bottom and starts the rep's clock at the wearer's
 * own onset, so that nobody chases a metronome; then it plays the plan through, rest included, and waits again.
 * *Follow the beat* also waits for the first rep, then keeps its own time until the wearer stops.
 * Times are UTC seconds of the samples. No drawing, no DOM: the page asks `at(now)` as often as it likes.
 */

import { levelIn, segments, type PhaseKey, type Segment, type TimedPlan } from './plan';

/** A rise of this share of the usual excursion above the last valley is an onset... */
const ONSET_SHARE = 0.12;
/** ...whose foot is where the tension was last within this share of the valley. */
const FOOT_SHARE = 0.04;
/** A minimum-jerk rise passes the foot this many times the foot-to-onset time after it really began. */
const FOOT_RATIO = 1.9;
/** A valley above this share is a dip within a rep, not its bottom. */
const BOTTOM_SHARE = 0.35;
/** The valley forgets upwards at this share a second: a band that settles tighter is no onset. */
const FORGET_PER_S = 0.02;
/** Within this share of the planned out-hold-back nobody is back at the bottom. */
const EARLY_SHARE = 0.4;
/** Never trigger on less than this: noise and worn-band tremor. */
const LEAST_RISE_N = 1;
/** How far an onset may be back-dated: the foot of a slow start. */
const LOOK_BACK_S = 0.8;
/** The rest between beats where the plan prescribes none. */
export const BEAT_REST_S = 1;
/** Nothing moved for this many reps: the wearer has stopped, and so does the beat. */
const STOPPED_REPS = 1.5;
/** Past reps kept for the plan behind the pen. */
const KEPT = 4;
/** Reps ahead are never drawn closer than this. */
const LEAST_APART_S = 0.5;

export type GuideMode = 'ready' | 'beat';

export interface GuideNow {
  state: 'ready' | 'moving';
  phase: PhaseKey;
  /** Seconds left in the phase; null while it waits for the wearer. */
  leftS: number | null;
  /** Share of the phase that is over, 0 to 1. */
  share: number;
  /** Where the leg should be: 0 at the bottom, 1 all the way out. */
  level: number;
  next: PhaseKey;
}

export interface Excursion {
  baseN: number;
  peakN: number;
}

export class Guide {
  readonly parts: Segment[];
  readonly repS: number;
  private onsets: number[] = [];
  private valley = Infinity;
  private footS = NaN;
  private lastS = NaN;
  private movedS = -Infinity;
  /** Seconds from one beat to the next. */
  readonly periodS: number;
  private pausedAt: number | null = null;

  constructor(
    plan: TimedPlan,
    public excursion: Excursion,
    readonly mode: GuideMode = 'ready',
  ) {
    this.parts = segments(plan);
    this.repS = this.parts.at(-1)?.endS ?? 0;
    this.periodS = this.repS + (plan.phases[3].seconds === null ? BEAT_REST_S : 0);
  }

  private get spanN(): number {
    return Math.max(this.excursion.peakN - this.excursion.baseN, LEAST_RISE_N);
  }

  private share(tensionN: number): number {
    return (tensionN - this.excursion.baseN) / this.spanN;
  }

  /** One more sample; true when it starts a rep. */
  push(timeS: number, tensionN: number): boolean {
    const share = this.share(tensionN);
    const passedS = Number.isNaN(this.lastS) ? 0 : Math.min(1, timeS - this.lastS);
    this.lastS = timeS;
    if (share > BOTTOM_SHARE) this.movedS = timeS;
    if (this.beating(timeS)) return this.beat(timeS);
    if (this.early(timeS)) return false;
    this.valley = Math.min(share, this.valley + FORGET_PER_S * passedS);
    const rise = share - this.valley;
    if (rise < FOOT_SHARE) this.footS = timeS;
    if (this.pausedAt !== null || this.valley > BOTTOM_SHARE || rise < ONSET_SHARE) return false;
    if (rise * this.spanN < LEAST_RISE_N) return false;
    this.start(Math.max(this.footS - FOOT_RATIO * (timeS - this.footS), timeS - LOOK_BACK_S));
    return true;
  }

  /** The beat goes on by itself as long as the wearer does. */
  private beating(timeS: number): boolean {
    return this.mode === 'beat' && this.onsets.length > 0 && timeS - this.movedS < STOPPED_REPS * this.periodS;
  }

  private beat(timeS: number): boolean {
    const due = (this.onsets.at(-1) ?? timeS) + this.periodS;
    if (this.pausedAt !== null || timeS < due) return false;
    this.start(due);
    return true;
  }

  private start(onsetS: number): void {
    this.valley = Infinity;
    this.onsets.push(onsetS);
    if (this.onsets.length > KEPT) this.onsets.shift();
  }

  /** Too soon after an onset to be at the bottom again: a dip in there is a hesitation, not the end of a rep.
   *  Somebody who rushes may be back long before the plan is, and then leads the guide. */
  private early(timeS: number): boolean {
    const onset = this.onsets.at(-1);
    if (onset === undefined) return false;
    const back = this.parts.findLast((part) => part.key !== 'rest');
    return timeS - onset < (back?.endS ?? 0) * EARLY_SHARE;
  }

  pause(nowS: number): void {
    this.pausedAt ??= nowS;
  }

  /** Goes on at the bottom: nobody restarts in the middle of a rep. */
  resume(): void {
    this.pausedAt = null;
    this.onsets = [];
    this.valley = Infinity;
    this.footS = NaN;
  }

  get paused(): boolean {
    return this.pausedAt !== null;
  }

  at(nowS: number): GuideNow {
    const onset = this.onsets.at(-1);
    const s = onset === undefined ? Infinity : nowS - onset;
    const index = this.parts.findIndex((part) => s < part.endS);
    if (index < 0) return { state: 'ready', phase: 'rest', leftS: null, share: 1, level: 0, next: 'out' };
    const part = this.parts[index]!;
    return {
      state: 'moving',
      phase: part.key,
      leftS: part.endS - Math.max(s, part.startS),
      share: Math.max(0, (s - part.startS) / (part.endS - part.startS)),
      level: levelIn(part, s),
      next: this.parts[(index + 1) % this.parts.length]!.key,
    };
  }

  /** Onsets of the reps that touch [fromS, toS]: those under way or done, then the next ones, waiting at the pen. */
  starts(fromS: number, toS: number, nowS: number): number[] {
    const starts = [...this.onsets];
    const last = starts.at(-1);
    const beating = this.beating(nowS);
    const apart = Math.max(beating ? this.periodS : this.repS, LEAST_APART_S);
    let next = last === undefined ? nowS : last + apart;
    if (!beating) next = Math.max(nowS, next);
    for (; next < toS; next += apart) starts.push(next);
    return starts.filter((onsetS) => onsetS < toS && onsetS + this.repS > fromS);
  }
}
