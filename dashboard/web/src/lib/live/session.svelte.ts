/** A live page's set: which plan it follows, what the guide says now, how the reps count. */

import { api, ApiError } from '$lib/api/client';
import type { Prescription, Rep, SetRecord, Side } from '$lib/api/types';
import { Guide, type Excursion, type GuideMode, type GuideNow } from '$lib/guide/guide';
import { isTimed, parseTempo } from '$lib/guide/plan';
import { usualExcursion } from '$lib/score/view';
import type { SensorFeed } from './feed.svelte';
import { ears } from './sound.svelte';
import { LiveScale } from './scale';

const WAITING: GuideNow = { state: 'ready', phase: 'rest', leftS: null, share: 1, level: 0, next: 'out' };
const REPS_TO_SCALE = 3;
const MODE_STORED = 'tempoband.guide';

export class LiveSession {
  now = $state.raw<GuideNow>(WAITING);
  paused = $state(false);
  shown = $state(0);
  problem = $state<string | null>(null);
  busy = $state(false);
  readonly scale: LiveScale;
  readonly set = $derived.by(() => this.feed.openSet);
  readonly plan = $derived.by(() => parseTempo(this.feed.openSet?.tempo ?? null));

  mode = $state<GuideMode>(localStorage.getItem(MODE_STORED) === 'beat' ? 'beat' : 'ready');
  guide = $state.raw<Guide | null>(null);
  private guideKey = '';
  private usual: Excursion | null = null;
  private readonly untap: () => void;

  constructor(readonly feed: SensorFeed) {
    this.scale = new LiveScale(feed.ring, () => this.usual);
    this.untap = feed.tap((timeS, tensionN) => this.guide?.push(timeS, tensionN));
  }

  close(): void {
    this.untap();
  }

  /** A new set gets a new guide, scaled by the reps of the same exercise before it. */
  async follow(set: SetRecord | null): Promise<void> {
    const key = set ? `${set.id} ${set.tempo ?? ''} ${this.mode}` : '';
    if (key === this.guideKey) return;
    this.guideKey = key;
    this.shown = set?.reps.length ?? 0;
    this.paused = false;
    this.guide = null;
    ears.forget();
    if (!set) return;
    this.usual = await this.earlier(set);
    const plan = parseTempo(set.tempo);
    if (this.guideKey === key && isTimed(plan)) this.guide = new Guide(plan, this.scale.excursion(), this.mode);
  }

  choose(mode: GuideMode): void {
    this.mode = mode;
    localStorage.setItem(MODE_STORED, mode);
  }

  private async earlier(set: SetRecord): Promise<Excursion | null> {
    try {
      const sets = await api.sets({ sensor: set.sensor, limit: 6 });
      const same = sets.filter((other) => other.exercise === set.exercise && other.id !== set.id);
      return usualExcursion(same.slice(0, 2).flatMap((other) => other.reps));
    } catch {
      return null; // the first reps of this set will do
    }
  }

  /** Without earlier sets the first reps of this one set the scale, once. */
  learn(reps: readonly Rep[]): void {
    if (this.usual || reps.length < REPS_TO_SCALE) return;
    this.usual = usualExcursion(reps);
    if (this.usual && this.guide) this.guide.excursion = this.usual;
  }

  frame(nowS: number): void {
    const guide = this.guide;
    if (!guide || Number.isNaN(nowS)) return;
    if (!this.usual && guide.at(nowS).state === 'ready') guide.excursion = this.scale.excursion();
    this.heard(guide.at(nowS));
    const done = this.feed.reps.length;
    const under = this.now.state === 'moving' && this.now.phase !== 'rest' ? 1 : 0;
    this.shown = Math.min(done + 1, Math.max(this.shown, done + under));
  }

  /** Says a phase when it begins; while paused the guide is silent. */
  private heard(now: GuideNow): void {
    const begun = now.state === 'moving' && (this.now.state !== 'moving' || now.phase !== this.now.phase);
    if (begun && !this.guide?.paused) ears.phase(now.phase);
    this.now = now;
  }

  halt(): void {
    this.guide?.pause(this.feed.nowS());
  }

  goOn(): void {
    this.paused = false;
    this.guide?.resume();
  }

  togglePause(): void {
    if (this.paused) {
      this.goOn();
    } else {
      this.paused = true;
      this.halt();
    }
  }

  start(prescription: Prescription, person: string, side: Side): Promise<void> {
    return this.tell(async () => {
      const set = await api.openSet({ sensor: this.feed.sensor, person_id: person, prescription_id: prescription.id, side });
      this.feed.closedSet = null;
      this.feed.openSet = set;
      this.feed.reps = [];
    });
  }

  end(): Promise<void> {
    return this.tell(async () => {
      if (!this.set) return;
      const closed = await api.closeSet(this.set.id);
      this.feed.openSet = null;
      this.feed.reps = [];
      this.feed.closedSet = closed;
    });
  }

  private async tell(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.problem = null;
    try {
      await act();
    } catch (error) {
      this.problem = error instanceof ApiError ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  }
}

/** Keeps the screen on while a set is open; a phone that locks loses the guide. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let over = false;
  const ask = async (): Promise<void> => {
    if (document.hidden || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
      if (over) void lock.release();
    } catch {
      // refused (battery saver): the guide still works
    }
  };
  const again = (): void => void ask();
  document.addEventListener('visibilitychange', again);
  void ask();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', again);
    void lock?.release();
  };
}
