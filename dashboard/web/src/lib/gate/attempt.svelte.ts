/** One credential being tried: busy, and in words why not. */

import { waitS } from '$lib/api/account';
import { ApiError } from '$lib/api/client';
import { t, type Key } from '$lib/i18n/index.svelte';

export class Attempt {
  busy = $state(false);
  problem = $state<string | null>(null);

  /** `words` by the server's reason; other refusals show the server's own sentence. */
  constructor(private readonly words: Record<string, Key> = {}) {}

  async run(work: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.problem = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = this.say(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  private say(error: unknown): string {
    if (!(error instanceof ApiError)) return String(error);
    const wait = waitS(error);
    if (wait !== null) return t('gate.wait', { n: wait });
    const key = this.words[error.reason];
    if (key) return t(key);
    return error.unreachable ? t('error.unreachable') : error.reason === 'refused' ? t('gate.refused') : error.message;
  }
}
