/** A stored curve: one series per phase, areas with the phase's hatch, gaps marked, faults named. */

import uPlot from 'uplot';

import type { Curve } from '$lib/api/types';
import type { PhaseKey } from '$lib/guide/plan';
import { PHASE_KEYS } from '$lib/guide/plan';
import { hatch, mark, readInk, type Ink } from './ink';
import { cutByPhase, type PhaseSpan } from './phase-cut';
import { roundSplits } from './scale';

export interface FaultLabel {
  atS: number;
  text: string;
}

export interface RepTick {
  number: number;
  startS: number;
  endS: number;
  look: boolean;
}

export interface SetPlotOptions {
  curve: Curve;
  spans: readonly PhaseSpan[];
  reps: readonly RepTick[];
  faults: readonly FaultLabel[];
  fromS: number;
  toS: number;
  axis: boolean;
  labels: 'phases' | 'marks' | 'none';
  lineWidth: number;
  topN: number;
  newtonsPerUnit: number;
  lostWord: string;
  /** A floor the tension is held above, and its word. */
  floor?: { newtons: number; word: string } | null;
}

const ALPHA: Record<PhaseKey, number> = { out: 0.26, hold: 0.14, back: 0.26, rest: 0 };

export class SetPlot {
  private readonly plot: uPlot;
  private readonly ink: Ink = readInk();
  private readonly cut: { time: number[]; series: (number | null)[][] };

  constructor(
    private readonly host: HTMLElement,
    private readonly o: SetPlotOptions,
  ) {
    this.cut = cutByPhase(o.curve, o.spans);
    this.plot = new uPlot(this.uplotOptions(), [this.cut.time, ...this.cut.series], host);
  }

  destroy(): void {
    this.plot.destroy();
  }

  resize(): void {
    this.plot.setSize({ width: Math.max(40, this.host.clientWidth), height: Math.max(40, this.host.clientHeight) });
  }

  /** Seconds under a point of the box, for picking a rep. */
  secondsAt(clientX: number): number {
    return this.plot.posToVal(clientX - this.plot.over.getBoundingClientRect().left, 'x');
  }

  private uplotOptions(): uPlot.Options {
    const { o, ink } = this;
    return {
      width: Math.max(40, this.host.clientWidth),
      height: Math.max(40, this.host.clientHeight),
      padding: [o.faults.length ? 38 : 6, 4, this.foot, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: false, range: () => [o.fromS, o.toS] },
        y: { range: () => [Math.min(0, -0.02 * o.topN), o.topN * 1.04] },
      },
      axes: [{ show: false }, this.yAxis()],
      series: [
        {},
        ...PHASE_KEYS.map((key) => ({
          stroke: ink.css(key),
          width: key === 'rest' ? Math.min(1.5, o.lineWidth) : o.lineWidth,
          points: { show: false },
          spanGaps: false,
          pxAlign: 0,
        })),
      ],
      hooks: { drawClear: [(u) => this.drawAreas(u)], draw: [(u) => this.drawWords(u)] },
    };
  }

  private get foot(): number {
    if (this.o.labels === 'phases') return 46;
    return this.o.labels === 'marks' ? 40 : 20;
  }

  private yAxis(): uPlot.Axis {
    const { o, ink } = this;
    if (!o.axis) return { show: false };
    const per = o.newtonsPerUnit;
    return {
      stroke: ink.css('ink-3'),
      font: `12px ${ink.font}`,
      size: 30,
      gap: 4,
      grid: { stroke: ink.css('line'), width: 1 },
      ticks: { show: false },
      splits: (_u, _i, min, max) => roundSplits(min / per, max / per).map((value) => value * per),
      values: (_u, splits) => splits.map((value) => String(Math.round((value / per) * 10) / 10)),
    };
  }

  // --- under the line

  private drawAreas(u: uPlot): void {
    const context = u.ctx;
    context.save();
    context.beginPath();
    context.rect(u.bbox.left, 0, u.bbox.width, context.canvas.height);
    context.clip();
    for (const span of this.o.spans) if (span.key !== 'rest') this.drawArea(u, span);
    for (const gap of this.o.curve.gaps) this.drawGap(u, gap);
    context.restore();
  }

  private drawArea(u: uPlot, span: PhaseSpan): void {
    const { time, series } = this.cut;
    const values = series[PHASE_KEYS.indexOf(span.key)]!;
    const context = u.ctx;
    const zero = u.valToPos(0, 'y', true);
    const shape = new Path2D();
    let first: number | null = null;
    let last = 0;
    for (let i = lowerBound(time, span.startS); i < time.length && time[i]! <= span.endS; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      last = u.valToPos(time[i]!, 'x', true);
      if (first === null) shape.moveTo((first = last), zero);
      shape.lineTo(last, u.valToPos(value, 'y', true));
    }
    if (first === null) return;
    shape.lineTo(last, zero);
    shape.closePath();
    context.fillStyle = this.ink.css(`${span.key}-soft`);
    context.fill(shape);
    const pattern = hatch(context, span.key, this.ink.css(span.key), uPlot.pxRatio);
    if (!pattern) return;
    context.globalAlpha = ALPHA[span.key];
    context.fillStyle = pattern;
    context.fill(shape);
    context.globalAlpha = 1;
  }

  private drawGap(u: uPlot, [fromS, toS]: readonly [number, number]): void {
    const context = u.ctx;
    const left = u.valToPos(fromS, 'x', true);
    const width = Math.max(2 * uPlot.pxRatio, u.valToPos(toS, 'x', true) - left);
    context.fillStyle = this.ink.css('sunken');
    context.fillRect(left, u.bbox.top, width, u.bbox.height);
    const pattern = hatch(context, 'lost', this.ink.css('edge'), uPlot.pxRatio);
    if (pattern) {
      context.globalAlpha = 0.35;
      context.fillStyle = pattern;
      context.fillRect(left, u.bbox.top, width, u.bbox.height);
      context.globalAlpha = 1;
    }
    this.text(u, this.o.lostWord, left + width / 2, u.bbox.top + 12 * uPlot.pxRatio, 'ink-2', 600);
  }

  // --- over and under the curve

  private drawWords(u: uPlot): void {
    u.ctx.save(); // uPlot remembers the context's colours instead of setting them again
    if (this.o.labels === 'phases') this.drawPhaseLabels(u);
    else this.drawRepNumbers(u);
    this.drawFaults(u);
    this.drawFloor(u);
    u.ctx.restore();
  }

  private drawPhaseLabels(u: uPlot): void {
    const ratio = uPlot.pxRatio;
    const floor = u.bbox.top + u.bbox.height;
    const rowEnds = [-Infinity, -Infinity];
    u.ctx.font = `600 ${12.5 * ratio}px ${this.ink.font}`;
    for (const span of this.o.spans) {
      const from = Math.max(span.startS, this.o.fromS);
      const to = Math.min(span.endS, this.o.toS);
      if (to - from < 0.6 * (span.endS - span.startS) || span.label === '') continue;
      const half = u.ctx.measureText(span.label).width / 2;
      const x = Math.min(u.valToPos((from + to) / 2, 'x', true), u.ctx.canvas.width - half);
      const wanted = span.key === 'out' || span.key === 'back' ? 0 : 1;
      const row = [wanted, 1 - wanted].find((one) => x - half > rowEnds[one]! + 3 * ratio);
      if (row === undefined) continue;
      rowEnds[row] = x + half;
      this.text(u, span.label, x, floor + (row ? 36 : 17) * ratio, `${span.key}-text`, 600);
    }
  }

  private drawRepNumbers(u: uPlot): void {
    const ratio = uPlot.pxRatio;
    const floor = u.bbox.top + u.bbox.height;
    const context = u.ctx;
    const room = u.bbox.width / Math.max(1, this.o.reps.length);
    const every = Math.max(1, Math.ceil((18 * ratio) / Math.max(1, room)));
    if (this.o.labels === 'marks' && room > 34 * ratio) {
      for (const span of this.o.spans) {
        if (span.key === 'rest' || span.endS - span.startS < 0.05) continue;
        context.fillStyle = this.ink.css(span.key);
        mark(context, span.key, u.valToPos((span.startS + span.endS) / 2, 'x', true), floor + 12 * ratio, 9 * ratio);
      }
    }
    this.o.reps.forEach((rep, i) => {
      if (i % every && !rep.look) return;
      const x = u.valToPos((rep.startS + rep.endS) / 2, 'x', true);
      const y = floor + (this.o.labels === 'marks' ? 34 : 15) * ratio;
      this.text(u, String(rep.number), x, y, rep.look ? 'look' : 'ink-3', rep.look ? 700 : 400);
      if (rep.look) context.fillRect(x - 6 * ratio, y + 3 * ratio, 12 * ratio, 1.5 * ratio);
    });
  }

  /** Names stagger on two rows; one with no room shows only its leader and shape. */
  private drawFaults(u: uPlot): void {
    const ratio = uPlot.pxRatio;
    const context = u.ctx;
    const rowEnds = [-Infinity, -Infinity];
    context.font = `650 ${12.5 * ratio}px ${this.ink.font}`;
    for (const fault of this.o.faults) {
      if (fault.atS < this.o.fromS || fault.atS > this.o.toS) continue;
      const x = u.valToPos(fault.atS, 'x', true);
      const half = context.measureText(fault.text).width / 2;
      const middle = Math.min(Math.max(x, u.bbox.left + half), u.bbox.left + u.bbox.width - half);
      const row = rowEnds.findIndex((end) => middle - half > end + 6 * ratio);
      context.strokeStyle = context.fillStyle = this.ink.css('look');
      context.lineWidth = ratio;
      const top = (row === 1 ? 32 : 16) * ratio;
      context.beginPath();
      context.moveTo(x, top + 4 * ratio);
      context.lineTo(x, u.bbox.top + 0.25 * u.bbox.height);
      context.stroke();
      if (row < 0) {
        mark(context, 'back', x, 12 * ratio, 7 * ratio);
        continue;
      }
      rowEnds[row] = middle + half;
      this.text(u, fault.text, middle, top, 'look', 650);
    }
  }

  private drawFloor(u: uPlot): void {
    const { floor } = this.o;
    if (!floor) return;
    const y = u.valToPos(floor.newtons, 'y', true);
    const context = u.ctx;
    context.strokeStyle = this.ink.css('ink-3');
    context.lineWidth = 1.75 * uPlot.pxRatio;
    context.setLineDash([2 * uPlot.pxRatio, 5 * uPlot.pxRatio]);
    context.beginPath();
    context.moveTo(u.bbox.left, y);
    context.lineTo(u.bbox.left + u.bbox.width, y);
    context.stroke();
    const word = this.o.floor?.word ?? '';
    context.font = `400 ${12.5 * uPlot.pxRatio}px ${this.ink.font}`;
    const half = context.measureText(word).width / 2;
    this.text(u, word, u.bbox.left + u.bbox.width - half, y - 6 * uPlot.pxRatio, 'ink-3', 400);
  }

  private text(u: uPlot, words: string, x: number, y: number, colour: string, weight: number): void {
    const context = u.ctx;
    context.font = `${weight} ${12.5 * uPlot.pxRatio}px ${this.ink.font}`;
    context.fillStyle = this.ink.css(colour);
    context.textAlign = 'center';
    context.textBaseline = 'alphabetic';
    context.fillText(words, x, y);
  }
}

function lowerBound(values: readonly number[], at: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (values[mid]! < at) low = mid + 1;
    else high = mid;
  }
  return low;
}
