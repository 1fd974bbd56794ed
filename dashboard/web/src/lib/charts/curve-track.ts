/**
 * What was pulled, on a strip that is moved and not drawn anew: new samples are added to its newest tile, and the
 * browser's compositor does the rest. A phone has other work to do thirty times a second.
 */

import type { SampleRing } from '$lib/live/ring';
import { hatch, type Ink } from './ink';
import { backS, onGrid, yOf, type LiveView } from './live-view';

/** The browser takes every canvas up again at each frame: a tile as wide as what is shown makes that one or two. */
const WIDEST = 4096;
/** Beyond this a strip begins anew: the compositor counts in single precision. */
const FAR = 100_000;
const LEAD_S = 0.3;

interface Tile {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
}

export class CurveTrack {
  /** The newest sample the shown moment has reached: seconds and newtons. */
  tipS = NaN;
  tipN = NaN;
  private readonly track = document.createElement('div');
  private readonly tiles = new Map<number, Tile>();
  private readonly spare: Tile[] = [];
  private view: LiveView | null = null;
  private originS = NaN;
  /** The end of the unbroken line, device pixels: x, y, x, y ... */
  private tail: number[] = [];
  /** Width of a tile in device pixels: tiles meet on whole ones, so that no seam shows. */
  private tile = WIDEST;

  constructor(
    host: HTMLElement,
    private readonly ring: SampleRing,
    private readonly ink: Ink,
    private readonly lineWidth: number,
  ) {
    this.track.style.cssText = 'position: absolute; inset: 0; will-change: transform';
    host.append(this.track);
  }

  /** Everything is drawn again at the next move: another size or scale. */
  fit(view: LiveView): void {
    this.view = view;
    this.originS = NaN;
    this.tile = Math.min(WIDEST, Math.ceil((view.penX - view.left) * view.ratio));
    for (const [index, tile] of this.tiles) this.put(index, tile);
  }

  destroy(): void {
    this.track.remove();
  }

  move(nowS: number): void {
    const view = this.view;
    if (!view) return;
    if (Number.isNaN(this.originS) || this.x(nowS) > FAR) this.begin(nowS);
    this.add(nowS);
    this.recycle(this.x(nowS - backS(view)));
    const shift = onGrid(view, view.penX - view.left - this.x(nowS) / view.ratio);
    this.track.style.transform = `translateX(${shift}px)`;
  }

  private begin(nowS: number): void {
    for (const [index, tile] of this.tiles) this.put(index, tile);
    this.originS = nowS - backS(this.view!) - LEAD_S;
    this.tipS = this.tipN = NaN;
    this.tail = [];
  }

  /** Device pixels from the beginning of the strip. */
  private x(timeS: number): number {
    return (timeS - this.originS) * this.view!.pxPerS * this.view!.ratio;
  }

  private y(tensionN: number): number {
    return yOf(this.view!, tensionN) * this.view!.ratio;
  }

  /** The samples that came since the last one drawn. */
  private add(nowS: number): void {
    let points: number[] = [];
    this.ring.visit(Number.isNaN(this.tipS) ? this.originS : this.tipS, nowS, (timeS, tensionN, broken) => {
      if (timeS === this.tipS) return;
      if (broken) {
        this.extend(points);
        if (!Number.isNaN(this.tipS)) this.gap(this.x(this.tipS), this.x(timeS));
        points = [];
        this.tail = [];
      }
      points.push(this.x(timeS), this.y(tensionN));
      this.tipS = timeS;
      this.tipN = tensionN;
    });
    this.extend(points);
  }

  /**
   * Carries the line on. What the new points can still change, a line's width behind the last one, is wiped and drawn
   * once more: two strokes over one another would darken their soft edges, and the line would look beaded.
   */
  private extend(points: readonly number[]): void {
    if (!points.length) return;
    const width = this.lineWidth * this.view!.ratio;
    const line = [...this.tail, ...points];
    const fresh = this.tail.length < 4;
    const fromX = fresh ? Math.floor(line[0]! - width) : Math.max(Math.ceil(line[0]!), Math.floor(this.tail.at(-2)! - width));
    const toX = Math.ceil(line.at(-2)! + width);
    if (line.length >= 4) this.within(fromX, toX, (context) => this.redraw(context, line, fromX, toX, !fresh));
    const far = line.findIndex((x, i) => i % 2 === 0 && x >= toX - 4 * width);
    this.tail = line.slice(Math.max(0, far - 2));
  }

  private redraw(context: CanvasRenderingContext2D, line: readonly number[], fromX: number, toX: number, wipe: boolean): void {
    const view = this.view!;
    const area = [fromX, 0, toX - fromX, Math.round(view.height * view.ratio)] as const;
    context.save();
    context.beginPath();
    context.rect(...area);
    context.clip();
    if (wipe) context.clearRect(...area);
    context.strokeStyle = this.ink.css('ink');
    context.lineWidth = this.lineWidth * view.ratio;
    context.lineJoin = context.lineCap = 'round';
    context.beginPath();
    for (let i = 0; i < line.length; i += 2) context.lineTo(line[i]!, line[i + 1]!);
    context.stroke();
    context.restore();
  }

  /** Where samples are missing: hatched, never a straight line. */
  private gap(fromX: number, toX: number): void {
    this.within(fromX, toX, (context) => {
      const lost = hatch(context, 'lost', this.ink.css('edge'), this.view!.ratio);
      if (!lost) return;
      context.save();
      context.fillStyle = lost;
      context.globalAlpha = 0.3;
      context.fillRect(fromX, 0, toX - fromX, this.view!.height * this.view!.ratio);
      context.restore();
    });
  }

  /** Draws on every tile that a stretch of the strip touches. */
  private within(fromX: number, toX: number, draw: (context: CanvasRenderingContext2D) => void): void {
    for (let index = Math.max(0, Math.floor(fromX / this.tile)); index * this.tile <= toX; index++) {
      const { context } = this.tiles.get(index) ?? this.take(index);
      context.setTransform(1, 0, 0, 1, -index * this.tile, 0);
      draw(context);
    }
  }

  private take(index: number): Tile {
    const view = this.view!;
    const tile = this.spare.pop() ?? newTile();
    const { canvas } = tile;
    canvas.width = this.tile; // clears it as well
    canvas.height = Math.round(view.height * view.ratio);
    canvas.style.cssText = `position: absolute; top: 0; left: ${(index * this.tile) / view.ratio}px; width: ${this.tile / view.ratio}px; height: ${view.height}px`;
    this.track.append(canvas);
    this.tiles.set(index, tile);
    return tile;
  }

  private recycle(beforeX: number): void {
    for (const [index, tile] of this.tiles) if ((index + 1) * this.tile < beforeX) this.put(index, tile);
  }

  private put(index: number, tile: Tile): void {
    tile.canvas.remove();
    this.tiles.delete(index);
    this.spare.push(tile);
  }
}

function newTile(): Tile {
  const canvas = document.createElement('canvas');
  return { canvas, context: canvas.getContext('2d')! };
}
