/** What a set's sentence asks for, apart from why: both languages say the reason first, then what to do. */

import { sentence } from '$lib/format';

export interface Advice {
  todo: string;
  why: string;
}

export function adviceOf(said: string): Advice {
  const cut = said.lastIndexOf('; ');
  if (cut < 0) return { todo: said, why: '' };
  return { todo: sentence(said.slice(cut + 2)), why: sentence(said.slice(0, cut)) };
}
