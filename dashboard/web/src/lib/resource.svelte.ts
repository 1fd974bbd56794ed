/** Something fetched: what is there, what went wrong, and how to ask again. */

export class Resource<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  private turn = 0;

  constructor(private readonly load: () => Promise<T>) {}

  /** Asks; an older answer never overwrites a newer one. */
  refresh = async (): Promise<void> => {
    const turn = ++this.turn;
    try {
      const value = await this.load();
      if (turn !== this.turn) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (turn === this.turn) this.error = error;
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
