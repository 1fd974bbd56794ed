import { describe, expect, it } from 'vitest';

import type { Rep } from '$lib/api/types';
import { withRep, type RepNote } from './reps';

const SET_US = 1_000_000_000;
const rep = (startS: number): Rep => ({ concentric_start_s: startS, eccentric_end_s: startS + 5 }) as Rep;
const told = (startS: number, fromUs = SET_US) => ({ rep: rep(startS), fromUs, sentence: '' });
const starts = (notes: readonly RepNote[]) => notes.map((note) => [note.number, note.fromUs / 1e6 + note.rep.concentric_start_s]);

describe('the reps of a set', () => {
  it('come one after the other', () => {
    expect(starts(withRep(withRep([], told(0)), told(5)))).toEqual([[1, 1000], [2, 1005]]);
  });

  it('are not forgotten when live scoring began anew and counts from there', () => {
    const known = [0, 5, 10].reduce<RepNote[]>((notes, startS) => withRep(notes, told(startS)), []);
    const anew = told(0, SET_US + 15_000_000);
    expect(starts(withRep(known, anew))).toEqual([[1, 1000], [2, 1005], [3, 1010], [4, 1015]]);
  });

  it('are not counted twice when one is told again', () => {
    const known = [0, 5].reduce<RepNote[]>((notes, startS) => withRep(notes, told(startS)), []);
    expect(starts(withRep(known, told(5.1)))).toEqual([[1, 1000], [2, 1005.1]]);
  });
});
