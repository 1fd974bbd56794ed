/** Who looks at this page, and what they may do. The server decides; the page only shows nothing beyond it. */

import { account, type Action, type Me } from '$lib/api/account';
import { ApiError, onUnknown } from '$lib/api/client';

class Myself {
  value = $state.raw<Me | null>(null);
  /** `asking` until the first answer, `out` for nobody the server knows. */
  state = $state<'asking' | 'out' | 'in'>('asking');
  readonly pending = $derived(this.value?.pending ?? null);
  /** Logged in, with nothing left to do first: pages may ask for data. */
  readonly inside = $derived(this.state === 'in' && this.pending === null);

  async start(): Promise<void> {
    onUnknown(() => void this.refresh());
    await this.refresh();
  }

  may(action: Action): boolean {
    return this.value?.actions.includes(action) ?? false;
  }

  refresh = async (): Promise<void> => {
    try {
      this.value = await account.me();
      this.state = 'in';
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.value = null;
        this.state = 'out';
      } else if (this.state === 'asking') {
        setTimeout(() => void this.refresh(), 2000);
      }
    }
  };

  /** Everything the page holds belongs to whoever was logged in: begin with a clean one. */
  logOut = async (): Promise<void> => {
    await account.logOut().catch(() => undefined);
    location.assign('/');
  };
}

export const me = new Myself();
