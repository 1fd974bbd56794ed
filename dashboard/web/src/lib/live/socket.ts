/** One sensor's WebSocket: decodes, reconnects with back-off and jitter for as long as it takes. */

import type { LiveEvent } from '$lib/api/types';
import { language } from '$lib/i18n/index.svelte';
import { decodeBlock, ProtocolError, type SampleBlock } from './protocol';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const STABLE_MS = 5000;

export interface SocketHandlers {
  block(block: SampleBlock): void;
  event(event: LiveEvent): void;
  connected(yes: boolean): void;
}

/** What the socket needs of the world; tests bring their own. */
export interface SocketWorld {
  open(url: string): WebSocket;
  later(run: () => void, ms: number): () => void;
  now(): number;
  random(): number;
}

export const browserWorld: SocketWorld = {
  open: (url) => new WebSocket(url),
  later: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  now: () => performance.now(),
  random: () => Math.random(),
};

/** The server first sends what it still has of the last seconds after `afterUs`. */
export function liveUrl(sensor: string, afterUs: number, base: Pick<Location, 'protocol' | 'host'> = location): string {
  const scheme = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${base.host}/api/live/${encodeURIComponent(sensor)}?after_us=${Math.round(afterUs)}&lang=${language.locale}`;
}

export class LiveSocket {
  private socket: WebSocket | null = null;
  private cancelWait: (() => void) | null = null;
  private failures = 0;
  private closed = false;

  constructor(
    private readonly url: () => string,
    private readonly on: SocketHandlers,
    private readonly world: SocketWorld = browserWorld,
  ) {
    this.connect();
  }

  /** Ends it for good. */
  close(): void {
    this.closed = true;
    this.cancelWait?.();
    this.socket?.close();
  }

  /** The network came back: do not sit out the rest of a long wait. */
  retryNow(): void {
    if (this.closed || !this.cancelWait) return;
    this.cancelWait();
    this.connect();
  }

  /** Drops a connection that may only look open, as after a phone's sleep, and opens another at once. */
  renew(): void {
    if (this.closed) return;
    this.cancelWait?.();
    const old = this.socket;
    if (old) {
      old.onopen = old.onmessage = old.onclose = null;
      old.close();
      this.on.connected(false);
    }
    this.connect();
  }

  private connect(): void {
    this.cancelWait = null;
    const socket = this.world.open(this.url());
    let openedAt = Infinity;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      openedAt = this.world.now();
      this.on.connected(true);
    };
    socket.onmessage = (message: MessageEvent<ArrayBuffer | string>) => this.received(message.data);
    socket.onclose = () => this.lost(this.world.now() - openedAt);
    this.socket = socket;
  }

  private received(data: ArrayBuffer | string): void {
    try {
      if (typeof data === 'string') this.told(JSON.parse(data) as LiveEvent);
      else this.on.block(decodeBlock(data));
    } catch (error) {
      // One message that cannot be read must not end the curve.
      if (!(error instanceof ProtocolError || error instanceof SyntaxError)) throw error;
      console.warn('live message refused:', error.message);
    }
  }

  /** An answer to a ping says that everything before it has been taken: the server sends no faster than that. */
  private told(event: LiveEvent): void {
    if (event.type === 'ping') this.socket?.send(JSON.stringify({ type: 'pong', n: event.n }));
    else this.on.event(event);
  }

  private lost(lastedMs: number): void {
    this.socket = null;
    this.on.connected(false);
    if (this.closed) return;
    this.failures = lastedMs > STABLE_MS ? 0 : this.failures + 1;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, this.failures - 1));
    this.cancelWait = this.world.later(() => this.connect(), wait * (0.5 + 0.5 * this.world.random()));
  }
}
