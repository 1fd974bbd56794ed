/** What leads a set of each kind: a guide along the curve, a metronome where the band shows no reps, a floor. */

import { api } from '$lib/api/client';
import type { SetRecord } from '$lib/api/types';
import { Guide, type Excursion, type GuideMode } from '$lib/guide/guide';
import { downFirst, Metronome } from '$lib/guide/metronome';
import { isTimed, segments, type Plan } from '$lib/guide/plan';
import { SteadyGuide } from '$lib/guide/steady';
import { usualExcursion } from '$lib/score/view';

/** Reps quicker than this cannot wait for an onset: they follow the beat. */
const BEAT_ONLY_S = 3;
/** A push-out without an upper number goes on until it is ended. */
const MANY_REPS = 999;
/** How many of the sensor's last sets are looked through, and how many of the same exercise count. */
const LOOKED_THROUGH = 6;
const COUNTED = 2;

export function beatOnly(plan: Plan | null): boolean {
  return isTimed(plan) && (segments(plan).at(-1)?.endS ?? 0) < BEAT_ONLY_S;
}

export function guideFor(set: SetRecord, plan: Plan | null, excursion: Excursion, mode: GuideMode): Guide | null {
  if (set.kind !== 'dynamic' || !isTimed(plan)) return null;
  return new Guide(plan, excursion, beatOnly(plan) ? 'beat' : mode);
}

/** Walks and push-outs stand on a floor; null lets the start stance set it. */
export function steadyFor(set: SetRecord, floorN: number | null): SteadyGuide | null {
  return set.kind === 'constant_tension' || set.kind === 'push_out' ? new SteadyGuide(floorN) : null;
}

/** What plays the tempo of an exercise whose reps the band cannot show. */
export function metronomeFor(set: SetRecord, plan: Plan | null): Metronome | null {
  if ((set.kind !== 'push_out' && set.kind !== 'by_hand') || !isTimed(plan)) return null;
  return new Metronome(plan, set.target?.reps_upper ?? set.target?.reps_lower ?? MANY_REPS, downFirst(set.exercise));
}

/** Base and peak of the reps of the same exercise and person before this set; null where there are none. */
export async function excursionBefore(set: SetRecord): Promise<Excursion | null> {
  try {
    const sets = await api.sets({ sensor: set.sensor, limit: LOOKED_THROUGH });
    const same = sets.filter((other) => other.exercise === set.exercise && other.id !== set.id && other.person?.id === set.person?.id);
    return usualExcursion(same.slice(0, COUNTED).flatMap((other) => other.reps));
  } catch {
    return null; // the first reps of this set will do
  }
}
