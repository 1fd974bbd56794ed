/** Which stored reference holds for a plan, and whether the first pulls fit what is known. */

import type { Prescription, Reference, Rep, Side } from '$lib/api/types';

/** First peaks further off than this are asked about. */
export const JUMP = 0.25;
/** The reps that are looked at: the first may be a test pull. */
const FIRST_REPS = 2;
export const PRACTICE_REPS = 3;

type Rig = Pick<Prescription, 'band_brand' | 'band_label' | 'placement' | 'ring_length_cm'>;

function sameRig(a: Rig, b: Rig): boolean {
  return a.band_brand === b.band_brand && a.band_label === b.band_label && a.placement === b.placement && a.ring_length_cm === b.ring_length_cm;
}

/** The newest reference of the same exercise, side, band, placement and ring length; null asks for a new one. */
export function referenceFor(references: readonly Reference[], plan: Prescription, side: Side): Reference | null {
  const fit = references.filter((one) => one.exercise === plan.exercise && one.side === side && sameRig(one, plan));
  return fit.reduce<Reference | null>((best, one) => (best && best.measured_us >= one.measured_us ? best : one), null);
}

/** By what share the first peaks are off the known one, once there are enough; null while all is well. */
export function jumped(reps: readonly Rep[], knownPeakN: number | null): number | null {
  if (!knownPeakN || reps.length < FIRST_REPS) return null;
  const peaks = reps.slice(0, FIRST_REPS).map((rep) => rep.peak_n);
  const off = (peaks.reduce((sum, n) => sum + n, 0) / peaks.length - knownPeakN) / knownPeakN;
  return Math.abs(off) > JUMP ? off : null;
}
