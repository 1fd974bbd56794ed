/** Redraws at most 30 times a second: enough for the eye, half the work. */

const LEAST_MS = 1000 / 30;

export function frameLoop(draw: (nowMs: number) => void): () => void {
  let last = -Infinity;
  let handle = requestAnimationFrame(tick);
  function tick(now: number): void {
    handle = requestAnimationFrame(tick);
    if (now - last < LEAST_MS - 4) return; // 4 ms: frames never come exactly on time
    last = now;
    draw(now);
  }
  return () => cancelAnimationFrame(handle);
}
