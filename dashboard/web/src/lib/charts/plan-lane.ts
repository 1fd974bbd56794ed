/** The plan as paths from the onset of one rep: made once, then only moved. */

import { levelIn, type PhaseKey, type Segment } from '$lib/guide/plan';
import { yOf, type LiveView } from './live-view';

export interface PlanPiece {
  key: PhaseKey;
  /** An SVG path; x in CSS pixels from the onset. */
  path: string;
  /** Middle of the piece, and how much room a word has there. */
  midX: number;
  roomX: number;
}

const STEP_S = 0.05;

export function planPieces(parts: readonly Segment[], view: LiveView, baseN: number, peakN: number): PlanPiece[] {
  const [low, high] = [yOf(view, baseN), yOf(view, peakN)];
  return parts.map((part) => ({
    key: part.key,
    path: pathOf(part, view.pxPerS, (level) => low + level * (high - low)),
    midX: ((part.startS + part.endS) / 2) * view.pxPerS,
    roomX: (part.endS - part.startS) * view.pxPerS,
  }));
}

function pathOf(part: Segment, pxPerS: number, y: (level: number) => number): string {
  const lengthS = part.endS - part.startS;
  const level = part.key === 'hold' || part.key === 'rest';
  const steps = level ? 1 : Math.max(4, Math.ceil(lengthS / STEP_S));
  const points = Array.from({ length: steps + 1 }, (_, i) => {
    const s = part.startS + (lengthS * i) / steps;
    return `${(s * pxPerS).toFixed(1)} ${y(levelIn(part, s)).toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
