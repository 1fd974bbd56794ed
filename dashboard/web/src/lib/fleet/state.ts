/** In one word how a bridge or home stands. */

import type { Home } from '$lib/api/fleet';

export type FleetState = 'online' | 'away' | 'never' | 'refused' | 'revoked';

/** A home tells every few seconds; two minutes of silence are away, whatever it said last. */
const SILENT_US = 120_000_000;

export function stateOf(home: Pick<Home, 'revoked_us' | 'refused' | 'online' | 'last_seen_us'>, nowMs: number): FleetState {
  if (home.revoked_us !== null) return 'revoked';
  if (home.refused !== null) return 'refused';
  if (home.last_seen_us === null) return 'never';
  return home.online && nowMs * 1000 - home.last_seen_us < SILENT_US ? 'online' : 'away';
}
