/** Where a live curve puts times and tensions: the newest point stands still at `penX`, the past lies left of it. */

export interface LiveView {
  width: number;
  height: number;
  /** Where the curve begins: what an axis needs lies left of it. */
  left: number;
  penX: number;
  pxPerS: number;
  lowN: number;
  highN: number;
  /** Device pixels per CSS pixel. */
  ratio: number;
}

export interface Frame {
  width: number;
  height: number;
  left: number;
  windowS: number;
  /** Share of the window that lies ahead of the pen; 0 puts the pen at the right edge, with room for its dot. */
  aheadShare: number;
  range: readonly [number, number];
  ratio: number;
}

const DOT_SHARE = 0.035;

export function viewOf(frame: Frame): LiveView {
  const { width, height, left, windowS, aheadShare, range, ratio } = frame;
  const backS = windowS * (1 - aheadShare);
  const aheadS = windowS * (aheadShare || DOT_SHARE);
  const pxPerS = Math.max(1, width - left) / (backS + aheadS);
  return { width, height, left, penX: left + backS * pxPerS, pxPerS, lowN: range[0], highN: range[1], ratio };
}

export function sameView(a: LiveView | null, b: LiveView): boolean {
  return (
    a !== null && a.width === b.width && a.height === b.height && a.left === b.left && a.penX === b.penX && a.pxPerS === b.pxPerS &&
    a.lowN === b.lowN && a.highN === b.highN && a.ratio === b.ratio
  );
}

export function yOf(view: LiveView, tensionN: number): number {
  return view.height * (1 - (tensionN - view.lowN) / (view.highN - view.lowN));
}

export function backS(view: LiveView): number {
  return (view.penX - view.left) / view.pxPerS;
}

export function aheadS(view: LiveView): number {
  return (view.width - view.penX) / view.pxPerS;
}

/** A length on the grid of device pixels: what is moved by whole ones stays sharp. */
export function onGrid(view: LiveView, px: number): number {
  return Math.round(px * view.ratio) / view.ratio;
}

/** The pen follows the newest sample evenly, though samples come in packets. */
export class Pen {
  atN = NaN;
  private movedMs = -Infinity;

  move(newestN: number, localMs: number): number {
    const passedS = (localMs - this.movedMs) / 1000;
    this.movedMs = localMs;
    if (Number.isNaN(this.atN) || passedS > JUMP_S) this.atN = newestN;
    else this.atN += (newestN - this.atN) * (1 - Math.exp(-passedS / EASE_S));
    return this.atN;
  }
}

const EASE_S = 0.06;
const JUMP_S = 0.5;
