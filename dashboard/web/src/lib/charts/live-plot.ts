/**
 * The live curve: the newest point stands still, the past moves away, the plan lies ahead of it.
 *
 * The window is relative to now, so uPlot's scales never change: only the data does, 30 times a second.
 */

import uPlot from 'uplot';

import type { Guide, RibbonPiece } from '$lib/guide/guide';
import { levelIn, type PhaseKey, type Segment } from '$lib/guide/plan';
import type { RingWindow, SampleRing } from '$lib/live/ring';
import { hatch, mark, readInk, type Ink } from './ink';
import { roundSplits } from './scale';

export interface LivePlotOptions {
  ring: SampleRing;
  windowS: number;
  /** Share of the window that lies ahead of the pen; 0 puts the pen at the right edge. */
  aheadShare: number;
  /** Bottom and top of the y axis, newtons; must not follow the running maximum. */
  range: () => [number, number];
  guide?: () => Guide | null;
  /** A floor that tension is kept above, newtons. */
  floor?: () => number | null;
  /** The colour of the pen: the phase it is in. */
  phase?: () => PhaseKey | null;
  phaseWord?: (key: PhaseKey) => string;
  lineWidth?: number;
  penRadius?: number;
  /** Newtons per shown unit: draws a y axis when given. */
  axis?: () => { newtonsPerUnit: number };
}

const RIBBON_STEP_S = 0.05;
const PEN_EASE_S = 0.06;
const HOLD_DASH = [12, 5];
const PATH_DASH = [2, 6];

export class LivePlot {
  private readonly plot: uPlot;
  private readonly data: RingWindow = { time: [], tension: [] };
  private readonly ink: Ink = readInk();
  private nowS = 0;
  private penN = NaN;
  /** The newest sample that the shown moment has reached: seconds from it, newtons. */
  private tip: [number, number] = [NaN, NaN];
  private drawnMs = 0;
  private lost: CanvasPattern | null = null;
  private ribbon: { key: string; paths: Map<PhaseKey, Path2D> } | null = null;

  constructor(
    private readonly host: HTMLElement,
    private readonly options: LivePlotOptions,
  ) {
    this.plot = new uPlot(this.uplotOptions(), [[], []], host);
  }

  private get span(): [number, number] {
    const { windowS, aheadShare } = this.options;
    return [-windowS * (1 - aheadShare), windowS * aheadShare || windowS * 0.035];
  }

  private uplotOptions(): uPlot.Options {
    const { css } = this.ink;
    return {
      ...this.size(),
      padding: [0, 0, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { time: false, range: () => this.span }, y: { range: () => this.options.range() } },
      axes: [{ show: false }, this.yAxis()],
      series: [
        {},
        { stroke: css('ink'), width: this.options.lineWidth ?? 4, points: { show: false }, spanGaps: false, pxAlign: 0 },
      ],
      hooks: { drawClear: [(u) => this.drawFloor(u), (u) => this.drawGaps(u), (u) => this.drawRibbon(u)], draw: [(u) => this.drawPen(u)] },
    };
  }

  private yAxis(): uPlot.Axis {
    const axis = this.options.axis;
    if (!axis) return { show: false };
    const per = axis().newtonsPerUnit;
    return {
      stroke: this.ink.css('ink-3'),
      font: `12px ${this.ink.font}`,
      size: 34,
      gap: 6,
      grid: { stroke: this.ink.css('line'), width: 1 },
      ticks: { show: false },
      splits: (_u, _i, min, max) => roundSplits(min / per, max / per).map((value) => value * per),
      values: (_u, splits) => splits.map((value) => String(Math.round((value / per) * 10) / 10)),
    };
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(40, this.host.clientWidth), height: Math.max(40, this.host.clientHeight) };
  }

  resize(): void {
    this.plot.setSize(this.size());
  }

  destroy(): void {
    this.plot.destroy();
  }

  draw(nowS: number, localMs = performance.now()): void {
    if (Number.isNaN(nowS)) return;
    this.nowS = nowS;
    const [back, ahead] = this.span;
    this.options.ring.window(nowS + back - 0.3, nowS, nowS, this.data, back - 1);
    const { time, tension } = this.data;
    this.tip = [time.at(-1) ?? NaN, tension.at(-1) ?? NaN];
    this.easePen(localMs);
    time.push(Math.max(ahead + 1, (time.at(-1) ?? 0) + 0.001));
    tension.push(null);
    this.plot.setData([time, tension]);
  }

  /** The pen follows the newest sample evenly, though samples come in packets. */
  private easePen(localMs: number): void {
    const newest = this.tip[1];
    const passedS = (localMs - this.drawnMs) / 1000;
    this.drawnMs = localMs;
    if (Number.isNaN(this.penN) || passedS > 0.5) this.penN = newest;
    else this.penN += (newest - this.penN) * (1 - Math.exp(-passedS / PEN_EASE_S));
  }

  /** Where samples are missing: hatched, never a straight line. */
  private drawGaps(u: uPlot): void {
    const { time, tension } = this.data;
    const context = u.ctx;
    for (let i = 2; i < tension.length - 2; i++) {
      if (tension[i] !== null) continue;
      this.lost ??= hatch(context, 'lost', this.ink.css('edge'), uPlot.pxRatio);
      if (!this.lost) return;
      const left = Math.max(u.bbox.left, u.valToPos(time[i - 1]!, 'x', true));
      context.save();
      context.fillStyle = this.lost;
      context.globalAlpha = 0.3;
      context.fillRect(left, u.bbox.top, u.valToPos(time[i + 1]!, 'x', true) - left, u.bbox.height);
      context.restore();
    }
  }

  // --- the plan, behind and ahead of the pen

  private drawRibbon(u: uPlot): void {
    const guide = this.options.guide?.();
    if (!guide) return;
    const [back, ahead] = this.span;
    const pieces = guide.ribbon(this.nowS + back, this.nowS + ahead, this.nowS);
    const context = u.ctx;
    const pen = u.valToPos(0, 'x', true);
    const pxPerS = u.valToPos(1, 'x', true) - pen;
    const paths = this.pathsOf(u, guide, pxPerS);
    const place = (piece: RibbonPiece): number => pen + (piece.onsetS - this.nowS) * pxPerS;
    const strokes = (list: readonly RibbonPiece[], dress: (piece: RibbonPiece) => void): void => {
      for (const piece of list) {
        context.save();
        context.translate(place(piece), 0);
        dress(piece);
        context.stroke(paths.get(piece.key)!);
        context.restore();
      }
    };
    const ratio = uPlot.pxRatio;
    context.save();
    context.lineJoin = 'round';
    this.clipped(u, u.bbox.left, pen, () => {
      context.globalAlpha = 0.75;
      context.lineWidth = 18 * ratio;
      strokes(pieces.filter((piece) => piece.onsetS + piece.startS < this.nowS), (piece) => (context.strokeStyle = this.ink.css(`${piece.key}-soft`)));
    });
    const coming = pieces.filter((piece) => piece.onsetS + piece.endS > this.nowS);
    this.clipped(u, pen, u.bbox.left + u.bbox.width, () => {
      context.lineWidth = 26 * ratio;
      strokes(coming, (piece) => (context.strokeStyle = this.ink.css(`${piece.key}-soft`)));
      context.lineWidth = 3 * ratio;
      strokes(coming, (piece) => {
        context.strokeStyle = this.ink.css(piece.key);
        context.lineCap = piece.key === 'hold' ? 'butt' : 'round';
        context.setLineDash((piece.key === 'hold' ? HOLD_DASH : PATH_DASH).map((length) => length * ratio));
      });
    });
    context.strokeStyle = this.ink.css('edge');
    context.lineWidth = ratio;
    line(context, pen, u.bbox.top + 4 * ratio, pen, u.bbox.top + u.bbox.height - 16 * ratio);
    for (const piece of pieces) this.drawWord(u, piece);
    context.restore();
  }

  private clipped(u: uPlot, fromX: number, toX: number, draw: () => void): void {
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(fromX, 0, toX - fromX, u.ctx.canvas.height);
    u.ctx.clip();
    draw();
    u.ctx.restore();
  }

  /** Each part of a rep as a path from the rep's onset: only moved from frame to frame, not made anew. */
  private pathsOf(u: uPlot, guide: Guide, pxPerS: number): Map<PhaseKey, Path2D> {
    const { baseN, peakN } = guide.excursion;
    const [low, high] = [u.valToPos(baseN, 'y', true), u.valToPos(peakN, 'y', true)];
    const key = `${low} ${high} ${pxPerS} ${guide.parts.map((part) => `${part.key}${part.endS}`).join()}`;
    if (this.ribbon?.key === key) return this.ribbon.paths;
    const paths = new Map(guide.parts.map((part) => [part.key, pathOf(part, (s) => s * pxPerS, (level) => low + level * (high - low))]));
    this.ribbon = { key, paths };
    return paths;
  }

  private drawWord(u: uPlot, piece: RibbonPiece): void {
    const startS = Math.max(0, piece.onsetS + piece.startS - this.nowS);
    const endS = Math.min(this.span[1], piece.onsetS + piece.endS - this.nowS);
    if (endS <= startS || !this.options.phaseWord) return;
    const context = u.ctx;
    const word = this.options.phaseWord(piece.key);
    context.font = `600 ${13 * uPlot.pxRatio}px ${this.ink.font}`;
    const room = u.valToPos(endS, 'x', true) - u.valToPos(startS, 'x', true);
    if (context.measureText(word).width > room + 6 * uPlot.pxRatio) return;
    context.fillStyle = this.ink.css(`${piece.key}-text`);
    context.textAlign = 'center';
    context.textBaseline = 'alphabetic';
    const x = Math.min(u.valToPos((startS + endS) / 2, 'x', true), u.bbox.left + u.bbox.width - 22 * uPlot.pxRatio);
    context.fillText(word, x, context.canvas.height - 3 * uPlot.pxRatio);
  }

  private drawFloor(u: uPlot): void {
    const floor = this.options.floor?.() ?? null;
    if (floor === null) return;
    const context = u.ctx;
    const y = u.valToPos(floor, 'y', true);
    context.save();
    context.fillStyle = this.ink.css('slack-soft');
    context.fillRect(u.bbox.left, y, u.bbox.width, u.bbox.top + u.bbox.height - y);
    context.strokeStyle = this.ink.css('slack');
    context.lineWidth = 2 * uPlot.pxRatio;
    context.setLineDash([8 * uPlot.pxRatio, 6 * uPlot.pxRatio]);
    line(context, u.bbox.left, y, u.bbox.left + u.bbox.width, y);
    context.restore();
  }

  // --- you

  private drawPen(u: uPlot): void {
    const { ring } = this.options;
    const age = this.nowS - ring.newestS;
    if (!ring.length || age > 1 || Number.isNaN(this.penN)) return;
    const context = u.ctx;
    const ratio = uPlot.pxRatio;
    const x = u.valToPos(0, 'x', true);
    const y = u.valToPos(this.penN, 'y', true);
    context.save(); // uPlot remembers the context's colours instead of setting them again
    context.setLineDash([]);
    context.lineCap = 'round';
    context.strokeStyle = this.ink.css('ink');
    context.lineWidth = (this.options.lineWidth ?? 4) * ratio;
    line(context, u.valToPos(this.tip[0], 'x', true), u.valToPos(this.tip[1], 'y', true), x, y);
    const phase = this.options.phase?.() ?? null;
    context.beginPath();
    context.arc(x, y, (this.options.penRadius ?? 9) * ratio, 0, 2 * Math.PI);
    context.fillStyle = this.ink.css(phase ?? 'ink');
    context.strokeStyle = this.ink.css('surface');
    context.lineWidth = 3 * ratio;
    context.fill();
    context.stroke();
    if (phase && (this.options.penRadius ?? 9) >= 9) {
      context.fillStyle = this.ink.css('surface');
      mark(context, phase, x, y, 8 * ratio);
    }
    context.restore();
  }
}

function pathOf(part: Segment, x: (s: number) => number, y: (level: number) => number): Path2D {
  const path = new Path2D();
  const steps = part.key === 'hold' || part.key === 'rest' ? 1 : Math.max(4, Math.ceil((part.endS - part.startS) / RIBBON_STEP_S));
  for (let i = 0; i <= steps; i++) {
    const s = part.startS + ((part.endS - part.startS) * i) / steps;
    path.lineTo(x(s), y(levelIn(part, s)));
  }
  return path;
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
