/**
 * Which sample time is "now": samples come in packets and late, the picture moves evenly.
 *
 * The least delay seen between a sample's own time and its arrival is the best estimate of the offset
 * between the two clocks; every other packet was merely slower. Old minima are let go, since clocks drift.
 */

const MEMORY_S = 10;

export class SampleClock {
  private least = Infinity;
  private previous = Infinity;
  private turnedS = 0;

  /** A packet arrived: local time and the time of its newest sample, both in seconds. */
  arrived(localS: number, newestS: number): void {
    const delay = localS - newestS;
    if (localS - this.turnedS > MEMORY_S) {
      this.previous = this.least;
      this.least = delay;
      this.turnedS = localS;
    }
    if (delay < this.least) this.least = delay;
  }

  /** The sample time at this local time; NaN before the first packet. */
  now(localS: number): number {
    const offset = Math.min(this.least, this.previous);
    return Number.isFinite(offset) ? localS - offset : NaN;
  }

  /** A new stream may live on another clock. */
  reset(): void {
    this.least = this.previous = Infinity;
    this.turnedS = 0;
  }
}

/** How far the picture may run ahead of the newest sample: a packet or two; the pen hides that much. */
const LEAD_S = 0.35;
/** Behind by more than this, the picture jumps instead of hurrying. */
const JUMP_S = 1.5;
const HURRY = 3;

/** The time the curve shows: it never runs backwards, waits when samples are late, and then catches up. */
export class Playout {
  private shownS = NaN;
  private localS = NaN;

  at(localS: number, nowS: number, newestS: number): number {
    const target = Math.min(nowS, newestS + LEAD_S);
    const passed = localS - this.localS;
    this.localS = localS;
    const behind = target - this.shownS;
    if (Number.isNaN(behind) || behind > JUMP_S || behind < -JUMP_S) this.shownS = target;
    else this.shownS += Math.max(0, Math.min(behind, passed * HURRY));
    return this.shownS;
  }
}
