/** Around a set: what is chosen before it, whether practice comes first, and what follows it. */

import { untrack } from 'svelte';

import type { Named, Side } from '$lib/api/types';
import { app } from '$lib/app.svelte';
import { nextAfter, sideNext } from '$lib/people/today';
import { jumped, PRACTICE_REPS } from '$lib/reference/reference';
import { router } from '$lib/router.svelte';
import type { SensorFeed } from './feed.svelte';
import { WearerKnown } from './known.svelte';
import type { LiveSession } from './session.svelte';
import { ears } from './sound.svelte';
import { sideWork } from './words';

export class Round {
  chosen = $state<string | null>(router.query.get('plan'));
  side = $state<Side>('left');
  blind = $state(false);
  /** The set in which the wearer said that the band is the same. */
  private sameBand = $state<string | null>(null);
  readonly wearer = new WearerKnown(() => this.personId);

  private readonly personId = $derived.by(() => this.person()?.id ?? null);
  private readonly day = $derived.by(() => this.wearer.day(this.feed.closedSet, app.nowMs));
  private readonly closed = $derived.by(() => this.feed.closedSet);
  readonly pick = $derived.by(() => this.wearer.active?.find((plan) => plan.id === this.chosen) ?? null);
  readonly exercise = $derived.by(() => this.wearer.exercise(this.pick?.exercise));
  private readonly pickedSide = $derived.by((): Side => (this.pick?.side === 'both' && this.wearer.unilateral(this.pick) ? this.side : (this.pick?.side ?? 'both')));
  readonly reference = $derived.by(() => (this.pick ? this.wearer.reference(this.pick, this.pickedSide) : undefined));
  readonly toPractise = $derived.by(() => this.pick?.kind === 'dynamic' && this.reference === null);

  /** A set is over and nothing else has begun. */
  readonly over = $derived.by(() => !this.feed.openSet && this.closed !== null && !this.session.practice.made);
  /** Practice ended, and its reference could not be made (yet). */
  readonly unmade = $derived.by(() => this.over && this.session.practice.is(this.closed?.id));
  /** A blind set is over: the guess comes first. */
  readonly guess = $derived.by(() => this.over && this.closed?.id === this.session.blindId && (this.closed?.reps.length ?? 0) > 0);
  readonly next = $derived.by(() => (this.over ? nextAfter(this.day, this.closed?.prescription_id ?? null) : null));
  readonly lastPlan = $derived.by(() => this.wearer.active?.find((plan) => plan.id === this.closed?.prescription_id) ?? null);

  /** First peaks that fit no known band: by which share they are off. */
  readonly off = $derived.by(() => {
    const set = this.feed.openSet;
    if (!set || this.session.practising || set.kind !== 'dynamic' || this.sameBand === set.id) return null;
    return jumped(this.feed.reps.map((note) => note.rep), this.session.knownPeakN);
  });

  /** Made while a component starts: its effects end with it. */
  constructor(
    private readonly feed: SensorFeed,
    private readonly session: LiveSession,
    private readonly person: () => Named | null,
  ) {
    const { wearer } = this;
    if (this.chosen) feed.closedSet = null; // asked for from another page: what ended before is behind us
    $effect(() => void wearer.catalogue.refresh());
    $effect(() => {
      void this.closed?.id;
      if (this.personId) wearer.refresh();
    });
    $effect(() => {
      if (wearer.active && wearer.settled && !wearer.active.some((plan) => plan.id === this.chosen)) this.chosen = (nextAfter(this.day, null)?.plan ?? wearer.active[0])?.id ?? null;
    });
    $effect(() => {
      if (this.pick && wearer.sets.value && this.exercise) this.side = sideNext(this.pick, this.exercise.unilateral, wearer.sets.value, untrack(() => app.nowMs));
    });
    $effect(() => this.measurePractice());
    $effect(() => {
      if (this.closed) void session.joinWhenOver(this.closed);
    });
  }

  /** Practice may end by itself, at the upper target or by stillness, before its reference is made. */
  private measurePractice(): void {
    const { feed, session } = this;
    const person = this.person();
    const set = feed.openSet;
    const ended = session.practice.is(this.closed?.id) ? this.closed : null;
    const done = session.practising ? (set?.kind === 'dynamic' ? feed.reps.length : 0) : (ended?.reps.length ?? 0);
    // Scored for good, no more reps will be found: the server says what is missing.
    const settled = ended !== null && ended.status !== 'open' && ended.status !== 'provisional';
    if (person && (done || settled)) void session.practice.seen(person.id, done, settled ? 0 : PRACTICE_REPS);
    if (!session.practice.made) return;
    void this.wearer.references.refresh();
    feed.openSet = null;
    feed.closedSet = null;
  }

  start(practice = false): void {
    const { pick, exercise } = this;
    const person = this.person();
    if (!pick || !person) return;
    ears.unlock(pick.kind === 'dynamic' ? 'tones' : 'voice');
    const side = this.pickedSide;
    const direction = exercise?.sides === 'per_direction' && !practice ? ({ direction: 'there' } as const) : {};
    this.session.practice.made = null;
    void this.session.start({ person_id: person.id, prescription_id: pick.id, side, ...direction }, { practice, blind: this.blind && !practice && pick.kind === 'dynamic' });
    const words = sideWork(pick.exercise, side);
    if (words && exercise?.unilateral) ears.cue(words);
  }

  sameAsBefore(): void {
    this.sameBand = this.feed.openSet?.id ?? null;
  }

  /** Another band or placement: its own range is measured first. */
  async otherBand(): Promise<void> {
    const plan = this.wearer.active?.find((one) => one.id === this.feed.openSet?.prescription_id);
    await this.session.end();
    this.feed.closedSet = null;
    if (plan) this.chosen = plan.id;
    this.start(true);
  }

  async giveUpPractice(): Promise<void> {
    await this.session.practice.giveUp();
    this.feed.closedSet = null;
  }

  goNext(): void {
    if (this.next) this.chosen = this.next.plan.id;
    this.feed.closedSet = null;
  }
}
