/** A live page's set: which plan it follows, what the guide says now, how the reps count. */

import { api, ApiError } from '$lib/api/client';
import type { NewSet, Rep, SetRecord, Side } from '$lib/api/types';
import type { Excursion, Guide, GuideMode, GuideNow } from '$lib/guide/guide';
import type { Metronome } from '$lib/guide/metronome';
import { parseTempo } from '$lib/guide/plan';
import { differs, type SteadyGuide, type SteadyNow } from '$lib/guide/steady';
import { t } from '$lib/i18n/index.svelte';
import { usualExcursion } from '$lib/score/view';
import type { SensorFeed } from './feed.svelte';
import { Joining } from './joining';
import { excursionBefore, guideFor, metronomeFor, steadyFor } from './leading';
import { Practice, PRACTICE_TEMPO } from './practice.svelte';
import { ears, liftWord, legWord } from './sound.svelte';
import { LiveScale } from './scale';

const WAITING: GuideNow = { state: 'ready', phase: 'rest', leftS: null, share: 1, level: 0, next: 'out' };
const REPS_TO_SCALE = 3;
const MODE_STORED = 'tempoband.guide';
const BLIND_STORED = 'tempoband.blind';

/** What a practice left: where reps of this wearer usually lie. */
interface Reference extends Excursion {
  floorN: number | null;
}

export class LiveSession {
  now = $state.raw<GuideNow>(WAITING);
  /** Walks and push-outs: stance, floor, slack, steps. */
  steady = $state.raw<SteadyNow | null>(null);
  paused = $state(false);
  shown = $state(0);
  /** The last rep was played: the wearer says how many were done. */
  counting = $state(false);
  problem = $state<string | null>(null);
  busy = $state(false);
  /** The set that is done without guide and curve. */
  blindId = $state<string | null>(sessionStorage.getItem(BLIND_STORED));
  /** Peak of the reference, or of the reps of the last sets; what first peaks are compared with. */
  knownPeakN = $state<number | null>(null);
  readonly scale: LiveScale;
  readonly practice = new Practice();
  readonly set = $derived.by(() => this.feed.openSet);
  readonly practising = $derived.by(() => this.practice.is(this.feed.openSet?.id));
  readonly blind = $derived.by(() => this.feed.openSet !== null && this.feed.openSet.id === this.blindId);
  readonly plan = $derived.by(() => parseTempo(this.practising ? PRACTICE_TEMPO : (this.feed.openSet?.tempo ?? null)));

  mode = $state<GuideMode>(localStorage.getItem(MODE_STORED) === 'beat' ? 'beat' : 'ready');
  guide = $state.raw<Guide | null>(null);
  metronome = $state.raw<Metronome | null>(null);
  steadyGuide = $state.raw<SteadyGuide | null>(null);
  /** What was open when the page came has got its guide, or nothing was open. */
  followed = $state(false);
  private guideKey: string | null = null;
  private usual: Excursion | null = null;
  private turning = false;
  private readonly joining = new Joining();
  /** The floor of the way there holds for the way back. */
  private carriedN: number | null = null;
  private readonly untap: () => void;

  constructor(readonly feed: SensorFeed) {
    this.scale = new LiveScale(feed.ring, () => this.usual);
    this.untap = feed.tap((timeS, tensionN) => this.sampled(timeS, tensionN));
  }

  close(): void {
    this.untap();
  }

  private sampled(timeS: number, tensionN: number): void {
    this.guide?.push(timeS, tensionN);
    if (this.steadyGuide?.push(timeS, tensionN)) ears.cue(t(this.metronome ? 'live.slack_push' : 'live.slack_walk'));
  }

  /** A new set gets a new guide, scaled by the reps of the same exercise before it. */
  async follow(set: SetRecord | null, reference: Reference | null): Promise<void> {
    const key = set ? `${set.id} ${set.tempo ?? ''} ${this.mode} ${this.practising} ${reference?.floorN ?? ''}` : '';
    if (key === this.guideKey) return;
    const another = !set || !this.guideKey?.startsWith(set.id);
    this.guideKey = key;
    if (another) this.begin(set);
    this.guide = null;
    this.usual = null;
    if (!set) {
      this.followed = true;
      return;
    }
    const practising = this.practising;
    this.steadyGuide = steadyFor(set, practising ? null : (reference?.floorN ?? (set.direction === 'back' ? this.carriedN : null)));
    this.metronome = practising ? null : metronomeFor(set, this.plan);
    this.usual = reference ?? (await excursionBefore(set));
    this.knownPeakN = this.usual?.peakN ?? null;
    if (this.guideKey !== key) return;
    this.guide = guideFor(set, this.plan, this.scale.excursion(), practising ? 'ready' : this.mode);
    this.followed = true;
  }

  private begin(set: SetRecord | null): void {
    this.shown = set?.reps.length ?? 0;
    this.paused = this.counting = this.turning = false;
    this.now = WAITING;
    this.metronome = this.steadyGuide = this.steady = null;
    ears.forget();
  }

  choose(mode: GuideMode): void {
    this.mode = mode;
    localStorage.setItem(MODE_STORED, mode);
  }

  /** Without earlier sets the first reps of this one set the scale, once. */
  learn(reps: readonly Rep[]): void {
    if (this.usual || reps.length < REPS_TO_SCALE) return;
    this.usual = usualExcursion(reps);
    if (this.usual && this.guide) this.guide.excursion = this.usual;
  }

  /** `nowS` is the time of the samples, `localS` that of this machine: a tempo is played without any. */
  frame(nowS: number, localS: number): void {
    this.frameSteady();
    this.frameMetronome(localS);
    const guide = this.guide;
    if (!guide || Number.isNaN(nowS)) return;
    if (!this.usual && guide.at(nowS).state === 'ready') guide.excursion = this.scale.excursion();
    this.heard(guide.at(nowS), legWord);
    const done = this.feed.reps.length;
    const under = this.now.state === 'moving' && this.now.phase !== 'rest' ? 1 : 0;
    this.shown = Math.min(done + 1, Math.max(this.shown, done + under));
  }

  private frameSteady(): void {
    const now = this.steadyGuide?.now;
    if (!now) return;
    if (this.steady?.state === 'stance' && now.state === 'working') this.stood();
    if (!this.steady || differs(this.steady, now)) this.steady = now;
    const target = this.set?.target?.steps;
    if (this.set?.direction && target && now.steps >= target && !this.turning && !this.practising) void this.turn();
  }

  /** The start stance is held: practice ends here, a set begins. */
  private stood(): void {
    const set = this.set;
    const floorN = this.steadyGuide?.now.floorN ?? null;
    if (this.practising && set?.person) void this.practice.seen(set.person.id, 1, 1);
    else if (!this.metronome) ears.cue(t('live.walk'));
    if (!this.practising && set?.person && floorN) void this.keepFloor(set.person.id, set.id, floorN);
  }

  /** What is said live and what is kept stand on one floor. */
  private async keepFloor(person: string, setId: string, floorN: number): Promise<void> {
    try {
      await api.addReference(person, { set_id: setId, floor_n: floorN });
    } catch {
      // the stored curve then gives the floor, as for a set nobody watched
    }
  }

  private frameMetronome(localS: number): void {
    const metronome = this.metronome;
    if (!metronome || this.counting) return;
    if (!metronome.started && this.steady?.state !== 'stance') metronome.start(localS);
    const now = metronome.at(localS);
    this.heard(now, liftWord);
    this.shown = now.rep;
    if (now.over) this.counting = true;
  }

  /** Says a phase when it begins; while paused the guide is silent. */
  private heard(now: GuideNow, word: typeof legWord): void {
    const begun = now.state === 'moving' && (this.now.state !== 'moving' || now.phase !== this.now.phase);
    if (begun && !this.guide?.paused && !this.metronome?.paused && !this.blind) ears.phase(now.phase, word(now.phase));
    this.now = now;
  }

  halt(): void {
    this.guide?.pause(this.feed.nowS());
    this.metronome?.pause(performance.now() / 1000);
    this.steadyGuide?.pause(true);
  }

  goOn(): void {
    this.paused = false;
    this.guide?.resume();
    this.metronome?.resume(performance.now() / 1000);
    this.steadyGuide?.pause(false);
  }

  togglePause(): void {
    if (this.paused) {
      this.goOn();
    } else {
      this.paused = true;
      this.halt();
    }
  }

  start(asked: NewSet, how: { practice?: boolean; blind?: boolean } = {}): Promise<void> {
    return this.tell(async () => {
      const set = await api.openSet({ sensor: this.feed.sensor, ...asked, ...(how.practice ? { tempo: 'controlled' } : {}) });
      if (how.practice) await this.practice.begin(set.id);
      this.beBlind(how.blind ? set.id : null);
      this.feed.closedSet = null;
      this.feed.openSet = set;
      this.feed.reps = [];
    });
  }

  /** Goes on with a set that ended too soon: what follows is joined to it when it ends. */
  async goOnWith(closed: SetRecord): Promise<void> {
    const side = closed.side ? { side: closed.side } : {};
    await this.start({ prescription_id: closed.prescription_id, exercise: closed.exercise, person_id: closed.person?.id ?? null, tempo: closed.tempo, ...side });
    if (this.set && this.set.id !== closed.id) this.joining.begin(closed.id, this.set.id);
  }

  /** The second half is over: one set again. */
  async joinWhenOver(closed: SetRecord): Promise<void> {
    const halves = closed.status === 'open' ? null : this.joining.take(closed.id);
    if (!halves) return;
    await this.tell(async () => {
      this.feed.closedSet = await api.mergeSets(halves.first, halves.second);
    });
  }

  private beBlind(setId: string | null): void {
    this.blindId = setId;
    if (setId) sessionStorage.setItem(BLIND_STORED, setId);
    else sessionStorage.removeItem(BLIND_STORED);
  }

  /** A walk turns at its step target: the way there ends, the way back is told as its second half. */
  async turn(): Promise<void> {
    const set = this.set;
    if (!set || this.turning) return;
    this.turning = true;
    if (set.direction !== 'there') return this.end();
    ears.cue(t('live.other_way'), true);
    this.carriedN = this.steadyGuide?.now.floorN ?? null;
    const side = set.side ? { side: set.side } : {};
    await this.start({ prescription_id: set.prescription_id, exercise: set.exercise, person_id: set.person?.id ?? null, direction: 'back', ...side });
  }

  /** That was the other side: what is told is corrected, and what was done is scored again. */
  otherSide(set: SetRecord): Promise<void> {
    return this.tell(async () => {
      const side: Side = set.side === 'left' ? 'right' : 'left';
      const after = await api.editSet(set.id, { side });
      if (this.feed.openSet?.id === set.id) this.feed.openSet = after;
      if (this.feed.closedSet?.id === set.id) this.feed.closedSet = after;
    });
  }

  /** Ends the set; where the band cannot count, `handReps` is what the wearer did. */
  end(handReps: number | null = null): Promise<void> {
    return this.tell(async () => {
      if (!this.set) return;
      const { id } = this.set;
      if (handReps !== null) await api.editSet(id, { hand_reps: handReps });
      const practice = this.practice.is(id);
      const closed = practice ? null : await api.closeSet(id);
      if (practice) await this.practice.giveUp();
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
