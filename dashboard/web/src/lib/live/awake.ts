import { ability } from '$lib/device/ability.svelte';

/** Keeps the screen on while a set is open; a phone that locks loses the guide. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let over = false;
  const ask = async (): Promise<void> => {
    if (document.hidden || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
      ability.refused = false;
      if (over) void lock.release();
    } catch {
      ability.refused = true; // battery saver: the guide still works, and the strip says so
    }
  };
  const again = (): void => void ask();
  document.addEventListener('visibilitychange', again);
  void ask();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', again);
    void lock?.release();
  };
}
