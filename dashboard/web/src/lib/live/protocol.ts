/** The binary sample message of the live WebSocket: 32 bytes of header, then times, then tension; little-endian. */

const HEADER_BYTES = 32;
const KIND_SAMPLES = 1;
const VERSION = 1;

export interface SampleBlock {
  seq: number;
  /** UTC microseconds of the first sample. */
  t0Us: number;
  rateHz: number;
  /** Samples lost just before this block, as far as the bridge knows. */
  lost: number;
  /** Names the stream: another tag means another connection or boot. */
  streamTag: number;
  /** Microseconds from t0Us, one a sample. */
  dtUs: Uint32Array;
  /** Newtons in one strand, one a sample. */
  tensionN: Float32Array;
}

export class ProtocolError extends Error {}

export function decodeBlock(buffer: ArrayBuffer): SampleBlock {
  if (buffer.byteLength < HEADER_BYTES) throw new ProtocolError(`${buffer.byteLength} bytes is no header`);
  const view = new DataView(buffer);
  const kind = view.getUint8(0);
  const version = view.getUint8(1);
  if (kind !== KIND_SAMPLES || version !== VERSION) throw new ProtocolError(`kind ${kind}, version ${version}`);
  const n = view.getUint16(2, true);
  if (buffer.byteLength !== HEADER_BYTES + 8 * n) {
    throw new ProtocolError(`${buffer.byteLength} bytes for ${n} samples`);
  }
  return {
    seq: view.getUint32(4, true),
    t0Us: view.getFloat64(8, true),
    rateHz: view.getFloat32(16, true),
    lost: view.getUint32(20, true),
    streamTag: view.getUint32(24, true),
    // Typed arrays read the machine's own order: every browser there is runs little-endian.
    dtUs: new Uint32Array(buffer, HEADER_BYTES, n),
    tensionN: new Float32Array(buffer, HEADER_BYTES + 4 * n, n),
  };
}
