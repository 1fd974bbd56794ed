/** One sensor, live: samples in a ring, the newest events as state. Shared by everything that shows that sensor. */

import type { LiveEvent, PhaseName, SensorStatus, SetRecord } from '$lib/api/types';
import { api } from '$lib/api/client';
import { Playout, SampleClock } from './clock';
import type { SampleBlock } from './protocol';
import { withRep, type RepNote } from './reps';
import { SampleRing } from './ring';
import { LiveSocket, liveUrl } from './socket';

const SILENCE_S = 3;
/** A sensor that was idle needs a moment to begin: until then silence is no news. */
const PATIENCE_S = 6;
/** A connection over which nothing comes, though the sensor is said to stream, is tried anew this often. */
const RENEW_MS = 10_000;
/** A feed outlives its page by this much: going from one page to another loses no curve. */
const LINGER_MS = 3000;

const TRAIL = 30;

export interface PhaseStart {
  phase: PhaseName;
  atS: number;
}

export class SensorFeed {
  readonly ring = new SampleRing();
  readonly clock = new SampleClock();
  private readonly playout = new Playout();
  connected = $state(false);
  /** The server has said what is open on this sensor, at least once. */
  greeted = $state(false);
  /** Samples are coming: false after three seconds of silence. */
  flowing = $state(false);
  /** None has come for long enough to say so, though the link may stand. */
  silent = $state(false);
  status = $state.raw<SensorStatus | null>(null);
  openSet = $state.raw<SetRecord | null>(null);
  /** The set that closed last while this page watched. */
  closedSet = $state.raw<SetRecord | null>(null);
  reps = $state.raw<readonly RepNote[]>([]);
  /** The newest rep that belongs to no set. */
  loose = $state.raw<RepNote | null>(null);
  phase = $state<PhaseName | null>(null);
  /** Whether somebody asks to watch, watches or gave a cue: the newest word of it. */
  watched = $state.raw<Extract<LiveEvent, { type: 'watch' }> | null>(null);
  /** The last phases that began, oldest first; sample times. */
  trail = $state.raw<readonly PhaseStart[]>([]);
  /** At least one sample has come since the page opened. */
  started = $state(false);

  private readonly socket: LiveSocket;
  private readonly watch: ReturnType<typeof setInterval>;
  private readonly taps = new Set<(timeS: number, tensionN: number) => void>();
  private lastBlockMs = -Infinity;
  private readonly openedMs = performance.now();
  private tag: number | null = null;
  private renewedMs = -Infinity;

  constructor(readonly sensor: string) {
    this.socket = new LiveSocket(() => liveUrl(sensor, this.ring.length ? this.ring.newestS * 1e6 : 0), {
      block: (block) => this.took(block),
      event: (event) => this.heard(event),
      connected: (yes) => (this.connected = yes),
    });
    this.watch = setInterval(() => this.listen(), 500);
    addEventListener('online', this.back);
    document.addEventListener('visibilitychange', this.woke);
  }

  close(): void {
    this.socket.close();
    clearInterval(this.watch);
    removeEventListener('online', this.back);
    document.removeEventListener('visibilitychange', this.woke);
  }

  /** The network is back: no need to sit out the wait. */
  private readonly back = (): void => this.socket.retryNow();

  /** The phone slept in the middle of a set: its connection may be long dead without a word. */
  private readonly woke = (): void => {
    if (!document.hidden && performance.now() - this.lastBlockMs > SILENCE_S * 1000) this.renew();
  };

  private renew(): void {
    this.renewedMs = performance.now();
    this.socket.renew();
  }

  /** Every new sample from now on; returns how to stop. */
  tap(each: (timeS: number, tensionN: number) => void): () => void {
    this.taps.add(each);
    return () => this.taps.delete(each);
  }

  /** The sample time that is now, UTC seconds; NaN before the first sample. */
  nowS(localMs = performance.now()): number {
    return this.clock.now(localMs / 1000);
  }

  /** The time a curve shows: that of `nowS`, but never far ahead of what has come. */
  shownS(localMs = performance.now()): number {
    return this.playout.at(localMs / 1000, this.nowS(localMs), this.ring.newestS);
  }

  private listen(): void {
    const now = performance.now();
    this.flowing = now - this.lastBlockMs < SILENCE_S * 1000;
    this.silent = !this.flowing && (this.started || now - this.openedMs > PATIENCE_S * 1000);
    if (this.silent && this.connected && this.status?.state === 'streaming' && now - this.renewedMs > RENEW_MS) this.renew();
  }

  private took(block: SampleBlock): void {
    if (block.streamTag !== this.tag) this.clock.reset();
    this.tag = block.streamTag;
    const before = this.ring.newestS;
    if (this.ring.push(block) === 0) return;
    this.lastBlockMs = performance.now();
    this.flowing = true;
    this.silent = false;
    this.started = true;
    this.clock.arrived(this.lastBlockMs / 1000, this.ring.newestS);
    if (this.taps.size) this.ring.visit(Number.isNaN(before) ? -Infinity : before + 1e-9, Infinity, (t, n) => this.tapped(t, n));
  }

  private tapped(timeS: number, tensionN: number): void {
    for (const tap of this.taps) tap(timeS, tensionN);
  }

  private heard(event: LiveEvent): void {
    switch (event.type) {
      case 'hello':
        this.greeted = true;
        this.status = event.status;
        this.opened(event.open_set);
        break;
      case 'status':
        this.status = event;
        break;
      case 'phase':
        this.phase = event.phase;
        this.trail = [...this.trail.slice(-TRAIL), { phase: event.phase, atS: event.at_us / 1e6 }];
        break;
      case 'rep':
        this.counted(event);
        break;
      case 'watch':
        this.watched = event;
        break;
      case 'set':
        if (event.status !== 'open' || event.set_id !== this.openSet?.id || event.reps > this.reps.length) void this.changed(event.set_id);
    }
  }

  private opened(set: SetRecord | null): void {
    this.openSet = set;
    this.loose = null;
    this.reps = (set?.reps ?? []).map((rep, i) => ({ number: i + 1, rep, fromUs: set!.started_us, sentence: '' }));
  }

  private counted(event: Extract<LiveEvent, { type: 'rep' }>): void {
    if (event.set_id !== null && event.set_id !== this.openSet?.id) return void this.changed(event.set_id);
    const note = { rep: event.rep, fromUs: event.started_us, sentence: event.sentence };
    if (event.set_id === null) this.loose = { ...note, number: event.index + 1 };
    else this.reps = withRep(this.reps, note);
  }

  private async changed(id: string): Promise<void> {
    try {
      const set = await api.set(id);
      // Judged now, not before the answer: the wearer may have gone on to the next set meanwhile.
      const known = this.openSet?.id === id || this.closedSet?.id === id;
      if (set.status === 'open') {
        this.opened(set);
        this.closedSet = null;
      } else if (known) {
        // Sets found or scored again long after are told too: they are no news to who is in the middle of one.
        if (this.openSet?.id === id) this.opened(null);
        this.closedSet = set.status === 'discarded' ? null : set;
      }
    } catch {
      // the server is away: hello tells it again after the reconnect
    }
  }
}

const feeds = new Map<string, { feed: SensorFeed; users: number }>();

/** The shared feed of a sensor; call the second value when done with it. */
export function useFeed(sensor: string): [SensorFeed, () => void] {
  const entry = feeds.get(sensor) ?? { feed: new SensorFeed(sensor), users: 0 };
  entry.users++;
  feeds.set(sensor, entry);
  return [
    entry.feed,
    () => {
      entry.users--;
      setTimeout(() => {
        if (entry.users > 0 || feeds.get(sensor) !== entry) return;
        entry.feed.close();
        feeds.delete(sensor);
      }, LINGER_MS);
    },
  ];
}
