/**
 * Practice: three slow full-range reps, or a start stance, that become the reference of a rig. They are done in a set
 * of their own, which the server takes off the list once it has measured them.
 */

import { api, ApiError } from '$lib/api/client';
import type { Reference } from '$lib/api/types';
import { PRACTICE_REPS } from '$lib/reference/reference';

const STORED = 'tempoband.practice';
/** What was just done reaches the store a moment later. */
const COMMITTED_MS = 900;
export const PRACTICE_TEMPO = '3-1-3';

export class Practice {
  /** The set that is practice; kept over a reload of the page. */
  setId = $state<string | null>(sessionStorage.getItem(STORED));
  made = $state.raw<Reference | null>(null);
  problem = $state<string | null>(null);
  private tried = -1;

  async begin(setId: string): Promise<void> {
    await this.giveUp();
    this.made = null;
    this.problem = null;
    this.tried = -1;
    this.setId = setId;
    sessionStorage.setItem(STORED, setId);
  }

  is(setId: string | undefined): boolean {
    return setId !== undefined && setId === this.setId;
  }

  stop(): void {
    this.setId = null;
    sessionStorage.removeItem(STORED);
  }

  /** Practice that gave no reference counts for nothing either. */
  async giveUp(): Promise<void> {
    const setId = this.setId;
    this.stop();
    this.problem = null;
    if (setId) await api.discardSet(setId).catch(() => undefined); // it may be gone already
  }

  /** Reps (or stances) seen so far: asks for the reference whenever there are enough new ones. */
  async seen(person: string, count: number, enough = PRACTICE_REPS): Promise<void> {
    if (!this.setId || count < enough || count <= this.tried) return;
    this.tried = count;
    await new Promise((done) => setTimeout(done, COMMITTED_MS));
    await this.ask(person);
  }

  private async ask(person: string): Promise<void> {
    const setId = this.setId;
    if (!setId) return;
    try {
      this.made = await api.addReference(person, { set_id: setId });
      this.problem = null;
      this.stop();
    } catch (error) {
      this.problem = error instanceof ApiError ? error.message : String(error);
    }
  }
}
