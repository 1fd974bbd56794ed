/** The newest samples of one sensor in typed arrays: constant memory however long the page stays open. */

import type { SampleBlock } from './protocol';

/** A hole longer than this is drawn as a gap; packet edges of some sensors leave shorter ones that are no loss. */
export const GAP_S = 0.2;

export class SampleRing {
  readonly capacity: number;
  private readonly timeS: Float64Array;
  private readonly tensionN: Float32Array;
  private readonly broken: Uint8Array; // 1 = samples are missing just before this one
  private next = 0;
  private count = 0;
  private tag: number | null = null;
  private lastSeq = -1;

  constructor(capacity = 8192) {
    this.capacity = capacity;
    this.timeS = new Float64Array(capacity);
    this.tensionN = new Float32Array(capacity);
    this.broken = new Uint8Array(capacity);
  }

  get length(): number {
    return this.count;
  }

  /** UTC seconds of the newest sample; NaN before the first. */
  get newestS(): number {
    return this.count ? this.timeS[this.at(this.count - 1)]! : NaN;
  }

  get newestN(): number {
    return this.count ? this.tensionN[this.at(this.count - 1)]! : NaN;
  }

  /** Adds a block; returns how many samples were new (a repeated or overtaken block adds none). */
  push(block: SampleBlock): number {
    const sameStream = block.streamTag === this.tag;
    if (sameStream && block.seq <= this.lastSeq) return 0;
    const hole = !sameStream || block.lost > 0 || block.seq !== this.lastSeq + 1;
    this.tag = block.streamTag;
    this.lastSeq = block.seq;
    return this.append(block, hole && this.count > 0);
  }

  private append(block: SampleBlock, hole: boolean): number {
    const startS = block.t0Us / 1e6;
    let last = this.newestS;
    let added = 0;
    for (let i = 0; i < block.dtUs.length; i++) {
      const t = startS + block.dtUs[i]! / 1e6;
      if (t <= last) continue; // equal stamps merge; time never runs backwards on a chart
      const gap = (hole && added === 0) || t - last > GAP_S;
      this.timeS[this.next] = t;
      this.tensionN[this.next] = block.tensionN[i]!;
      this.broken[this.next] = gap ? 1 : 0;
      this.next = (this.next + 1) % this.capacity;
      if (this.count < this.capacity) this.count++;
      last = t;
      added++;
    }
    return added;
  }

  private at(i: number): number {
    return (this.next - this.count + i + this.capacity) % this.capacity;
  }

  /** Index of the first sample at or after `t`. */
  private find(t: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.timeS[this.at(mid)]! < t) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  /** Calls `each` for the samples of [fromS, toS], oldest first. */
  visit(fromS: number, toS: number, each: (timeS: number, tensionN: number, broken: boolean) => void): void {
    for (let i = this.find(fromS); i < this.count; i++) {
      const k = this.at(i);
      const t = this.timeS[k]!;
      if (t > toS) return;
      each(t, this.tensionN[k]!, this.broken[k] === 1);
    }
  }

  /** The p-quantile of the tension since `fromS`; NaN without samples. */
  quantile(fromS: number, p: number): number {
    const values: number[] = [];
    this.visit(fromS, Infinity, (_, n) => values.push(n));
    if (!values.length) return NaN;
    values.sort((a, b) => a - b);
    return values[Math.min(values.length - 1, Math.floor(p * values.length))]!;
  }
}
