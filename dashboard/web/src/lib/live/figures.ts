/** Now, peak and mean of a free pull: over the last seconds, or over a recording. */

import type { SampleRing } from './ring';

export interface Figures {
  nowN: number;
  peakN: number;
  meanN: number;
}

export const FREE_WINDOW_S = 10;

/** Figures of the samples since `fromS`; null without any. */
export function figuresOf(ring: SampleRing, fromS: number): Figures | null {
  let peak = -Infinity;
  let sum = 0;
  let n = 0;
  ring.visit(fromS, Infinity, (_, tension) => {
    if (tension > peak) peak = tension;
    sum += tension;
    n++;
  });
  return n ? { nowN: ring.newestN, peakN: peak, meanN: sum / n } : null;
}

/** A recording's running figures: it may outlast the ring. */
export class Recording {
  readonly startUs: number;
  endUs: number;
  peakN = -Infinity;
  private sum = 0;
  private n = 0;

  constructor(startS: number) {
    this.startUs = this.endUs = Math.round(startS * 1e6);
  }

  push(timeS: number, tensionN: number): void {
    this.endUs = Math.round(timeS * 1e6);
    this.peakN = Math.max(this.peakN, tensionN);
    this.sum += tensionN;
    this.n++;
  }

  get samples(): number {
    return this.n;
  }

  get meanN(): number {
    return this.n ? this.sum / this.n : 0;
  }

  get seconds(): number {
    return (this.endUs - this.startUs) / 1e6;
  }
}
