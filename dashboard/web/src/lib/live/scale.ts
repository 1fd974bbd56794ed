/** The y scale of a live curve: it stands on the usual peak and must not breathe with every pull. */

import type { Excursion } from '$lib/guide/guide';
import type { SampleRing } from './ring';

const STEPS_N = [10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2000];
const LOOK_BACK_S = 20;
/** Sorting twenty seconds of samples is too much for every frame. */
const GUESS_EVERY_S = 0.25;
/** Where nothing is known yet: a light loop band just above the knees. */
const DEFAULT_PEAK_N = 40;

export class LiveScale {
  private stepN: number | null = null;
  private checkedS = -Infinity;
  private guessed: Excursion | null = null;
  private guessedS = -Infinity;

  constructor(
    private readonly ring: SampleRing,
    private readonly usual: () => Excursion | null,
  ) {}

  /** Bottom and top of the axis in newtons. */
  range = (): [number, number] => {
    const known = this.usual();
    const peak = known ? Math.max(known.peakN, this.overshoot(known.peakN)) : this.stepped();
    return [-0.1 * peak, 1.25 * peak];
  };

  /** Base and peak the guide works with; from the samples where no scored rep is known. */
  excursion(): Excursion {
    const known = this.usual();
    if (known) return known;
    if (this.guessed && this.ring.newestS - this.guessedS < GUESS_EVERY_S) return this.guessed;
    this.guessedS = this.ring.newestS;
    return (this.guessed = this.guess());
  }

  private guess(): Excursion {
    const from = this.ring.newestS - LOOK_BACK_S;
    const low = this.ring.quantile(from, 0.1);
    const high = this.ring.quantile(from, 0.95);
    if (!(high - low > 5)) return { baseN: Number.isNaN(low) ? 0 : low, peakN: (Number.isNaN(low) ? 0 : low) + DEFAULT_PEAK_N };
    return { baseN: low, peakN: high };
  }

  /** A pull far beyond the usual peak moves the scale once, to a round figure, instead of leaving the chart. */
  private overshoot(peakN: number): number {
    const stepped = this.stepped();
    return this.newestMax > 1.3 * peakN ? stepped : 0;
  }

  private newestMax = 0;

  private stepped(): number {
    const now = this.ring.newestS;
    if (now - this.checkedS < 0.25 && this.stepN) return this.stepN;
    this.checkedS = now;
    let max = 0;
    this.ring.visit(now - LOOK_BACK_S, Infinity, (_, n) => (max = n > max ? n : max));
    this.newestMax = max;
    const wanted = STEPS_N.find((step) => step * 1.15 >= max) ?? max;
    if (this.stepN === null || wanted > this.stepN || wanted < this.stepN / 2.5) this.stepN = wanted;
    return this.stepN;
  }
}
