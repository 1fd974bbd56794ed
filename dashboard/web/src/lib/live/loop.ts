/**
 * Redraws at most 30 times a second: enough for the eye, half the work. In between no animation frame is asked for,
 * since every one of them makes the browser commit the whole page once more.
 */

const LEAST_MS = 1000 / 30;
/** Asked for this much before it is due: the next animation frame is up to one refresh away. */
const AHEAD_MS = 7;
/** No more than this is made up for. */
const LATE_MS = 20;

export function frameLoop(draw: (nowMs: number) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueMs = -Infinity;
  let handle = requestAnimationFrame(tick);
  function tick(nowMs: number): void {
    draw(nowMs);
    const doneMs = performance.now();
    dueMs = Math.max(dueMs + LEAST_MS, doneMs - LATE_MS); // a slow machine that is late asks sooner
    timer = setTimeout(() => (handle = requestAnimationFrame(tick)), Math.max(0, dueMs + LEAST_MS - AHEAD_MS - doneMs));
  }
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(handle);
  };
}
