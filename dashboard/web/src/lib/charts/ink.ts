/** Resolved colours, hatches and shapes for canvases; asked again when the theme changes. */

import type { PhaseKey } from '$lib/guide/plan';

export interface Ink {
  css(name: string): string;
  font: string;
}

export function readInk(): Ink {
  const style = getComputedStyle(document.documentElement);
  const seen = new Map<string, string>();
  const css = (name: string): string => {
    let value = seen.get(name);
    if (value === undefined) {
      value = style.getPropertyValue(`--${name}`).trim();
      seen.set(name, value);
    }
    return value;
  };
  return { css, font: css('font') };
}

const TILE = 7;

/** A phase's hatch as a repeating tile: `/` out, horizontal hold, `\` back, cross for lost samples. */
export function hatch(context: CanvasRenderingContext2D, kind: PhaseKey | 'lost', colour: string, ratio: number): CanvasPattern | null {
  if (kind === 'rest') return null;
  const size = Math.round(TILE * ratio);
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const pen = tile.getContext('2d');
  if (!pen) return null;
  pen.strokeStyle = colour;
  pen.lineWidth = (kind === 'hold' ? 1.2 : 1.7) * ratio;
  pen.beginPath();
  if (kind === 'hold') {
    pen.moveTo(0, size / 2);
    pen.lineTo(size, size / 2);
  }
  if (kind === 'out' || kind === 'lost') diagonal(pen, size, 1);
  if (kind === 'back' || kind === 'lost') diagonal(pen, size, -1);
  pen.stroke();
  return context.createPattern(tile, 'repeat');
}

/** A diagonal through the tile and through its corners, so that tiles join without a seam. */
function diagonal(pen: CanvasRenderingContext2D, size: number, way: 1 | -1): void {
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift - 1, way === 1 ? size + 1 : -1);
    pen.lineTo(shift + size + 1, way === 1 ? -1 : size + 1);
  }
}

/** ▲ ■ ▼ – drawn, not typed: fonts differ. */
export function mark(context: CanvasRenderingContext2D, key: PhaseKey, x: number, y: number, size: number): void {
  const r = size / 2;
  context.beginPath();
  if (key === 'out') {
    context.moveTo(x - r, y + r * 0.8);
    context.lineTo(x + r, y + r * 0.8);
    context.lineTo(x, y - r * 0.9);
  } else if (key === 'back') {
    context.moveTo(x - r, y - r * 0.8);
    context.lineTo(x + r, y - r * 0.8);
    context.lineTo(x, y + r * 0.9);
  } else if (key === 'hold') {
    context.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  } else {
    context.rect(x - r, y - r * 0.25, r * 2, r * 0.5);
  }
  context.fill();
}
