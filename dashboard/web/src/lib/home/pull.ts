/** The newest whole pull among phases as they began: out, perhaps a hold, back. */

import type { PhaseSpan } from '$lib/charts/phase-cut';
import { phaseKey } from '$lib/guide/plan';
import type { PhaseStart } from '$lib/live/feed.svelte';

export interface Pull {
  startS: number;
  endS: number;
  outS: number;
  holdS: number;
  backS: number;
  spans: readonly Omit<PhaseSpan, 'label'>[];
}

/** A twitch is no pull. */
const LEAST_WAY_S = 0.15;

/** Times are UTC seconds; null until a way back has ended. */
export function newestPull(trail: readonly PhaseStart[]): Pull | null {
  for (let end = trail.length - 1; end > 1; end--) {
    if (trail[end - 1]!.phase !== 'eccentric' || trail[end]!.phase === 'eccentric') continue;
    const pull = pullUntil(trail, end);
    if (pull && pull.outS >= LEAST_WAY_S && pull.backS >= LEAST_WAY_S) return pull;
  }
  return null;
}

function pullUntil(trail: readonly PhaseStart[], end: number): Pull | null {
  let from = end - 1;
  while (from >= 0 && trail[from]!.phase !== 'concentric') from--;
  if (from < 0) return null;
  const parts = trail.slice(from, end);
  const spans = parts.map((part, i) => ({ key: phaseKey(part.phase), startS: part.atS, endS: (parts[i + 1] ?? trail[end]!).atS }));
  const seconds = (key: string): number => spans.filter((span) => span.key === key).reduce((sum, span) => sum + span.endS - span.startS, 0);
  return { startS: trail[from]!.atS, endS: trail[end]!.atS, outS: seconds('out'), holdS: seconds('hold'), backS: seconds('back'), spans };
}
