import { expect, test } from 'vitest';

import type { PhaseStart } from '$lib/live/feed.svelte';
import { newestPull } from './pull';

const trail = (...starts: [PhaseStart['phase'], number][]): PhaseStart[] => starts.map(([phase, atS]) => ({ phase, atS }));

test('nothing is answered before the way back is over', () => {
  expect(newestPull([])).toBeNull();
  expect(newestPull(trail(['rest', 0], ['concentric', 1], ['hold', 2], ['eccentric', 2.5]))).toBeNull();
});

test('the newest pull is told with its three times', () => {
  const pull = newestPull(trail(['concentric', 1], ['hold', 3], ['eccentric', 4], ['rest', 4.8], ['concentric', 9]));
  expect(pull).toMatchObject({ startS: 1, endS: 4.8, outS: 2, holdS: 1 });
  expect(pull!.backS).toBeCloseTo(0.8);
  expect(pull!.spans.map((span) => span.key)).toEqual(['out', 'hold', 'back']);
});

test('a twitch is passed over, and a way out without a hold is fine', () => {
  const pull = newestPull(trail(['concentric', 1], ['eccentric', 2], ['rest', 4], ['concentric', 5], ['eccentric', 5.05], ['rest', 5.1]));
  expect(pull).toMatchObject({ startS: 1, holdS: 0, backS: 2 });
});
