/** A live curve, moved about thirty times a second: nothing is drawn anew but what is new. */

import type { Guide } from '$lib/guide/guide';
import type { PhaseKey } from '$lib/guide/plan';
import type { SampleRing } from '$lib/live/ring';
import { CurveTrack } from './curve-track';
import { readInk } from './ink';
import { aheadS, backS, onGrid, Pen, sameView, viewOf, yOf, type LiveView } from './live-view';

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

/** What changes now and then, and is drawn by the component. */
export interface LiveScene {
  view: LiveView;
  guide: Guide | null;
  baseN: number;
  peakN: number;
  floorN: number | null;
  phase: PhaseKey | null;
  /** Samples are fresh enough for a pen. */
  pen: boolean;
}

/** What is moved at every frame. */
export interface LiveParts {
  host: HTMLElement;
  past: HTMLElement;
  pen: HTMLElement;
  tip: HTMLElement;
  /** Reps of the plan, behind the pen and ahead of it: all alike, so any may stand anywhere. */
  behind: () => ArrayLike<HTMLElement>;
  ahead: () => ArrayLike<HTMLElement>;
}

export const AXIS_WIDTH = 34;
const STALE_S = 1;
const AWAY = 'translateX(-9999px)';

export class LivePlot {
  private readonly pen = new Pen();
  private readonly track: CurveTrack;
  private view: LiveView | null = null;
  private scene: LiveScene | null = null;
  private size: [number, number] = [0, 0];

  constructor(
    private readonly parts: LiveParts,
    private readonly options: LivePlotOptions,
    private readonly changed: (scene: LiveScene) => void,
  ) {
    this.track = new CurveTrack(parts.past, options.ring, readInk(), options.lineWidth ?? 4);
    this.resize();
  }

  resize(): void {
    this.size = [Math.max(40, this.parts.host.clientWidth), Math.max(40, this.parts.host.clientHeight)];
  }

  destroy(): void {
    this.track.destroy();
  }

  draw(nowS: number, localMs: number): void {
    if (Number.isNaN(nowS)) return;
    const view = this.fitted();
    this.track.move(nowS);
    this.tell(view, nowS);
    this.movePen(view, nowS, this.pen.move(this.track.tipN, localMs));
    this.movePlan(view, nowS);
  }

  private fitted(): LiveView {
    const { windowS, aheadShare, range, axis } = this.options;
    const [width, height] = this.size;
    const view = viewOf({ width, height, left: axis ? AXIS_WIDTH : 0, windowS, aheadShare, range: range(), ratio: devicePixelRatio || 1 });
    if (sameView(this.view, view)) return this.view!;
    this.view = view;
    this.track.fit(view);
    return view;
  }

  /** Tells the component what it draws, where that has changed. */
  private tell(view: LiveView, nowS: number): void {
    const guide = this.options.guide?.() ?? null;
    const fresh = !Number.isNaN(this.track.tipN) && nowS - this.options.ring.newestS <= STALE_S;
    const scene: LiveScene = {
      view,
      guide,
      baseN: guide?.excursion.baseN ?? 0,
      peakN: guide?.excursion.peakN ?? 0,
      floorN: this.options.floor?.() ?? null,
      phase: this.options.phase?.() ?? null,
      pen: fresh,
    };
    const old = this.scene;
    if (old && KEYS.every((key) => old[key] === scene[key])) return;
    this.scene = scene;
    this.changed(scene);
  }

  /** The dot, and a line to it from the newest sample. */
  private movePen(view: LiveView, nowS: number, penN: number): void {
    const y = yOf(view, penN);
    this.parts.pen.style.transform = `translate(${view.penX}px, ${y}px)`;
    const dx = (nowS - this.track.tipS) * view.pxPerS;
    const dy = y - yOf(view, this.track.tipN);
    this.parts.tip.style.transform = `translate(${view.penX - dx}px, ${y - dy}px) rotate(${Math.atan2(dy, dx)}rad) scaleX(${Math.hypot(dx, dy)})`;
  }

  private movePlan(view: LiveView, nowS: number): void {
    const guide = this.options.guide?.();
    if (!guide) return;
    const starts = guide.starts(nowS - backS(view), nowS + aheadS(view), nowS);
    const x = (onsetS: number): number => onGrid(view, (onsetS - nowS) * view.pxPerS);
    place(this.parts.behind(), starts.filter((onsetS) => onsetS < nowS), (onsetS) => x(onsetS) + view.penX - view.left);
    const coming = starts.filter((onsetS) => onsetS + guide.repS > nowS);
    place(this.parts.ahead(), coming, x);
    const roomX = view.width - view.penX;
    coming.forEach((onsetS, i) => wholeWords(this.parts.ahead()[i], x(onsetS), roomX));
  }
}

const KEYS = ['view', 'guide', 'baseN', 'peakN', 'floorN', 'phase', 'pen'] as const satisfies readonly (keyof LiveScene)[];

function place(reps: ArrayLike<HTMLElement>, starts: readonly number[], x: (onsetS: number) => number): void {
  for (let i = 0; i < reps.length; i++) {
    const transform = i < starts.length ? `translateX(${x(starts[i]!)}px)` : AWAY;
    const { style } = reps[i]!;
    if (style.transform !== transform) style.transform = transform;
  }
}

/** A word is not cut in two: it comes when there is room for it, and goes when the pen has reached it. */
function wholeWords(rep: HTMLElement | undefined, repX: number, roomX: number): void {
  for (const word of rep?.getElementsByTagName('text') ?? []) {
    const gone = repX + Number(word.dataset.leftX) < 0 || repX + Number(word.dataset.rightX) > roomX ? 'hidden' : 'visible';
    if (word.style.visibility !== gone) word.style.visibility = gone;
  }
}
