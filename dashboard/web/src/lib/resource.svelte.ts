/** Something fetched: what is there, what went wrong, and how to ask again. */

import { untrack } from 'svelte';

/** How many were asked and have never answered yet: see ui/Settled.svelte. */
class Filling {
  count = $state(0);

  add(change: 1 | -1): void {
    untrack(() => (this.count += change));
  }
}
export const filling = new Filling();

export class Resource<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  private turn = 0;
  private answered = false;

  constructor(private readonly load: () => Promise<T>) {}

  /** It is there, or why it is not. */
  get settled(): boolean {
    return this.value !== null || this.error !== null;
  }

  /** Asks; an older answer never overwrites a newer one. */
  refresh = async (): Promise<void> => {
    const turn = ++this.turn;
    if (turn === 1) filling.add(1);
    try {
      const value = await this.load();
      if (turn !== this.turn) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (turn === this.turn) this.error = error;
    } finally {
      if (!this.answered) filling.add(-1);
      this.answered = true;
    }
  };
}

/** Refreshes now and every `everyMs` while the page is seen; call inside an effect. */
export function polled<T>(resource: Resource<T>, everyMs: number): () => void {
  void resource.refresh();
  const timer = setInterval(() => {
    if (!document.hidden) void resource.refresh();
  }, everyMs);
  return () => clearInterval(timer);
}
