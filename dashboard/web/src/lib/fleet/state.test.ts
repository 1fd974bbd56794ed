import { describe, expect, it } from 'vitest';

import { stateOf } from './state';

const NOW_MS = 1_800_000_000_000;
const home = { revoked_us: null, refused: null, online: true, last_seen_us: NOW_MS * 1000 - 5_000_000 };

describe('how a home stands', () => {
  it('is linked while it tells', () => expect(stateOf(home, NOW_MS)).toBe('online'));
  it('is away when it said goodbye', () => expect(stateOf({ ...home, online: false }, NOW_MS)).toBe('away'));
  it('is away when it fell silent without a goodbye', () => expect(stateOf(home, NOW_MS + 121_000)).toBe('away'));
  it('was never seen', () => expect(stateOf({ ...home, online: false, last_seen_us: null }, NOW_MS)).toBe('never'));
  it('is refused before anything but revoked', () => {
    expect(stateOf({ ...home, refused: 'too old' }, NOW_MS)).toBe('refused');
    expect(stateOf({ ...home, refused: 'too old', revoked_us: 1 }, NOW_MS)).toBe('revoked');
  });
});
