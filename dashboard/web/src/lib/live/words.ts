/** What is said of a set while it is done. */

import type { Side } from '$lib/api/types';
import { language, t } from '$lib/i18n/index.svelte';

/** Which side works, and how to lie or stand for it: told, not measured. Nothing for both sides. */
export function sideWork(exercise: string, side: Side): string | null {
  if (side === 'both') return null;
  const messages: Record<string, string> = language.messages;
  const key = messages[`side_do.${exercise}.${side}`] ? `side_do.${exercise}.${side}` : `side_do.any.${side}`;
  return t(key as 'side_do.any.left');
}
