/** Lines of the middle rep in a box of w x h; all curves of one box share their scale. */

import type { CaseRep } from '$lib/api/types';

export interface RepPaths {
  now: string | null;
  band: string | null;
  first: string | null;
  zero: string;
}

const TOP = 3;
const BOTTOM = 3;

export function repPaths(rep: CaseRep, w: number, h: number): RepPaths {
  const levels = [rep.now?.upper_n, rep.first?.middle_n, rep.now?.middle_n, rep.now?.lower_n].flatMap((line) => line ?? []);
  const most = Math.max(1e-6, ...levels);
  const least = Math.min(0, ...levels);
  const y = (n: number) => (h - BOTTOM - ((n - least) / (most - least)) * (h - TOP - BOTTOM)).toFixed(1);
  const x = (i: number, of: number) => ((i / (of - 1)) * w).toFixed(1);
  const line = (values: readonly number[]) => values.map((n, i) => `${i ? 'L' : 'M'}${x(i, values.length)} ${y(n)}`).join('');
  const back = (values: readonly number[]) => [...values].map((n, i) => `L${x(i, values.length)} ${y(n)}`).reverse().join('');
  return {
    now: rep.now ? line(rep.now.middle_n) : null,
    band: rep.now ? line(rep.now.upper_n) + back(rep.now.lower_n) + 'Z' : null,
    first: rep.first ? line(rep.first.middle_n) : null,
    zero: `M0 ${y(0)}H${w}`,
  };
}
