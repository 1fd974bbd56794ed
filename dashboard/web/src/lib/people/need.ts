/** Who needs a look this week, from what was kept; each rule is printed beside its flag. */

import type { PersonKept } from '$lib/api/types';

/** Below this share of reps on tempo, or of the prescribed time under tension per set, somebody rushes. */
export const RUSH_SHARE = 0.7;

export type Need = 'look' | 'none' | 'under_way' | 'fine';

export const NEED_ORDER: readonly Need[] = ['look', 'none', 'under_way', 'fine'];

/** Time under tension per set done against that per set prescribed; null where none is prescribed. */
export function tensionPerSet(kept: PersonKept): number | null {
  let done = 0;
  let planned = 0;
  for (const one of kept.prescriptions) {
    if (!one.tut_prescribed_s || !one.sets_prescribed || !one.sets_done) continue;
    done += one.tut_s;
    planned += (one.tut_prescribed_s / one.sets_prescribed) * one.sets_done;
  }
  return planned > 0 ? done / planned : null;
}

export function offTempo(kept: PersonKept): boolean {
  return kept.on_tempo_share !== null && kept.on_tempo_share < RUSH_SHARE;
}

export function shortOfTension(kept: PersonKept): boolean {
  const share = tensionPerSet(kept);
  return share !== null && share < RUSH_SHARE;
}

export function needOf(kept: PersonKept): Need {
  if (kept.sets_done === 0) return 'none';
  if (offTempo(kept) || shortOfTension(kept)) return 'look';
  return kept.sets_done >= kept.sets_prescribed ? 'fine' : 'under_way';
}
