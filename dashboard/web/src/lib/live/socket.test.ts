import { describe, expect, it, vi } from 'vitest';

import type { LiveEvent } from '$lib/api/types';
import type { SampleBlock } from './protocol';
import { packBlock } from './protocol.test';
import { LiveSocket, type SocketWorld } from './socket';

class FakeSocket {
  binaryType = '';
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: ArrayBuffer | string }) => void) | null = null;
  closed = false;
  sent: string[] = [];
  send(text: string): void {
    this.sent.push(text);
  }
  constructor(readonly url: string) {}
  close(): void {
    this.closed = true;
    this.onclose?.();
  }
}

/** A world whose time moves only when told. */
class FakeWorld implements SocketWorld {
  sockets: FakeSocket[] = [];
  waits: { run: () => void; ms: number; cancelled: boolean }[] = [];
  nowMs = 0;
  open(url: string): WebSocket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket as unknown as WebSocket;
  }
  later(run: () => void, ms: number): () => void {
    const wait = { run, ms, cancelled: false };
    this.waits.push(wait);
    return () => (wait.cancelled = true);
  }
  now(): number {
    return this.nowMs;
  }
  random(): number {
    return 1;
  }
  get last(): FakeSocket {
    return this.sockets.at(-1)!;
  }
}

function setUp() {
  const world = new FakeWorld();
  const heard = { blocks: [] as SampleBlock[], events: [] as LiveEvent[], links: [] as boolean[] };
  let resume = 'ws://x/live';
  const socket = new LiveSocket(
    () => resume,
    {
      block: (block) => heard.blocks.push(block),
      event: (event) => heard.events.push(event),
      connected: (yes) => heard.links.push(yes),
    },
    world,
  );
  return { world, heard, socket, at: (url: string) => (resume = url) };
}

describe('LiveSocket', () => {
  it('hands on samples and events', () => {
    const { world, heard } = setUp();
    world.last.onopen?.();
    world.last.onmessage?.({ data: packBlock([[0, 4]]) });
    world.last.onmessage?.({ data: '{"type":"phase","phase":"hold"}' });
    expect(heard.links).toEqual([true]);
    expect(heard.blocks[0]?.tensionN[0]).toBe(4);
    expect(heard.events[0]).toMatchObject({ type: 'phase', phase: 'hold' });
  });

  it('answers pings itself', () => {
    const { world, heard } = setUp();
    world.last.onmessage?.({ data: '{"type":"ping","n":4}' });
    expect(world.last.sent).toEqual(['{"type":"pong","n":4}']);
    expect(heard.events).toEqual([]);
  });

  it('goes on after a message it cannot read', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { world, heard } = setUp();
    world.last.onmessage?.({ data: '{' });
    world.last.onmessage?.({ data: new ArrayBuffer(3) });
    world.last.onmessage?.({ data: packBlock([[0, 4]]) });
    expect(heard.blocks).toHaveLength(1);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });

  it('waits longer after each failure, up to a limit, and starts small again once it held', () => {
    const { world } = setUp();
    for (let i = 0; i < 7; i++) {
      world.last.onclose?.();
      world.waits.at(-1)!.run();
    }
    expect(world.waits.map((wait) => wait.ms)).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    world.last.onopen?.();
    world.nowMs += 60_000;
    world.last.onclose?.();
    expect(world.waits.at(-1)!.ms).toBe(500);
  });

  it('asks for what it missed when it comes back', () => {
    const { world, at } = setUp();
    at('ws://x/live?after_us=5');
    world.last.onclose?.();
    world.waits.at(-1)!.run();
    expect(world.last.url).toBe('ws://x/live?after_us=5');
  });

  it('retries at once when told that the network is back', () => {
    const { world, socket } = setUp();
    world.last.onclose?.();
    socket.retryNow();
    expect(world.sockets).toHaveLength(2);
    expect(world.waits[0]!.cancelled).toBe(true);
  });

  it('leaves a connection that only looks open, and hears nothing more of it', () => {
    const { world, heard, socket } = setUp();
    const old = world.last;
    old.onopen?.();
    socket.renew();
    expect(world.sockets).toHaveLength(2);
    expect(old.closed).toBe(true);
    expect(old.onmessage).toBeNull();
    expect(world.waits).toHaveLength(0);
    world.last.onopen?.();
    expect(heard.links).toEqual([true, false, true]);
    socket.close();
    socket.renew();
    expect(world.sockets).toHaveLength(2);
  });

  it('stays closed when closed by the page', () => {
    const { world, socket } = setUp();
    socket.close();
    expect(world.waits).toHaveLength(0);
    expect(world.sockets).toHaveLength(1);
  });
});
