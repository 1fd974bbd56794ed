/** The reps of a set as they come in: told one by one, or all at once by the record. */

import type { Rep } from '$lib/api/types';

export interface RepNote {
  /** 1, 2, 3 ... within the set. */
  number: number;
  rep: Rep;
  /** Where the times of `rep` count from, UTC microseconds. */
  fromUs: number;
  sentence: string;
}

const atS = (note: Omit<RepNote, 'number'>, timeS: number): number => note.fromUs / 1e6 + timeS;
const middleS = (note: RepNote): number => atS(note, (note.rep.concentric_start_s + note.rep.eccentric_end_s) / 2);

/**
 * The reps with a new one put in its place by time. Its own count is not believed: who tells it may have
 * begun to look in the middle of the set.
 */
export function withRep(known: readonly RepNote[], note: Omit<RepNote, 'number'>): RepNote[] {
  const startS = atS(note, note.rep.concentric_start_s);
  const before = known.filter((other) => middleS(other) < startS);
  return [...before, { ...note, number: before.length + 1 }];
}
