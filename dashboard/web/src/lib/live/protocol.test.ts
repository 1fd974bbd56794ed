import { describe, expect, it } from 'vitest';

import { decodeBlock, ProtocolError } from './protocol';

/** A message as the server packs it: struct "<BBHIdfIII", then u32 times, then f32 tension. */
export function packBlock(samples: readonly [number, number][], header: Partial<{ kind: number; version: number; seq: number; t0Us: number; rateHz: number; lost: number; tag: number }> = {}): ArrayBuffer {
  const n = samples.length;
  const buffer = new ArrayBuffer(32 + 8 * n);
  const view = new DataView(buffer);
  view.setUint8(0, header.kind ?? 1);
  view.setUint8(1, header.version ?? 1);
  view.setUint16(2, n, true);
  view.setUint32(4, header.seq ?? 0, true);
  view.setFloat64(8, header.t0Us ?? 1_700_000_000_000_000, true);
  view.setFloat32(16, header.rateHz ?? 80, true);
  view.setUint32(20, header.lost ?? 0, true);
  view.setUint32(24, header.tag ?? 7, true);
  samples.forEach(([dt, tension], i) => {
    view.setUint32(32 + 4 * i, dt, true);
    view.setFloat32(32 + 4 * n + 4 * i, tension, true);
  });
  return buffer;
}

describe('decodeBlock', () => {
  it('reads every field of a message', () => {
    const block = decodeBlock(packBlock([[0, 1.5], [12_500, -2.25]], { seq: 41, lost: 3, tag: 0xdeadbeef, rateHz: 12.5 }));
    expect(block).toMatchObject({ seq: 41, t0Us: 1_700_000_000_000_000, rateHz: 12.5, lost: 3, streamTag: 0xdeadbeef });
    expect([...block.dtUs]).toEqual([0, 12_500]);
    expect([...block.tensionN]).toEqual([1.5, -2.25]);
  });

  it('keeps a microsecond in a UTC time', () => {
    expect(decodeBlock(packBlock([[0, 0]], { t0Us: 1_795_273_700_890_099 })).t0Us).toBe(1_795_273_700_890_099);
  });

  it.each([
    ['too short', new ArrayBuffer(31)],
    ['another kind', packBlock([[0, 1]], { kind: 2 })],
    ['another version', packBlock([[0, 1]], { version: 9 })],
    ['cut off', packBlock([[0, 1], [1, 2]]).slice(0, 40)],
    ['too long', new ArrayBuffer(33)],
  ])('refuses a message that is %s', (_, buffer) => {
    expect(() => decodeBlock(buffer)).toThrow(ProtocolError);
  });

  it('refuses or reads any bytes, and never throws anything else', () => {
    for (let round = 0; round < 500; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(Math.random() * 90) }, () => Math.floor(Math.random() * 256));
      if (round % 2) bytes.set([1, 1].slice(0, bytes.length));
      try {
        decodeBlock(bytes.buffer);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }
  });
});
