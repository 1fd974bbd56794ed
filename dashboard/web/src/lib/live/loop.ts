/**
 * Redraws at most 30 times a second: enough for the eye, half the work. In between no animation frame is asked for,
 * since every one of them makes the browser commit the whole page once more.
 */

const LEAST_MS = 1000 / 30;
/** Asked for this much before it is due: the next animation frame is up to one refresh away. */
const AHEAD_MS = 7;

export function frameLoop(draw: (nowMs: number) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let handle = requestAnimationFrame(tick);
  function tick(now: number): void {
    const begunMs = performance.now();
    draw(now);
    const waitMs = LEAST_MS - AHEAD_MS - (performance.now() - begunMs);
    timer = setTimeout(() => (handle = requestAnimationFrame(tick)), Math.max(0, waitMs));
  }
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(handle);
  };
}
