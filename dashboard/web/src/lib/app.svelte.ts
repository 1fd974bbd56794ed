/** What every page shares: who answers, which sensors there are, how fresh that is. */

import { api, onReachable } from '$lib/api/client';
import type { BridgeStatus, Info, Sensor } from '$lib/api/types';
import { me } from '$lib/me.svelte';

const POLL_MS = 2000;
const LOST_AFTER_MS = 4000;

class App {
  info = $state.raw<Info | null>(null);
  sensors = $state.raw<Sensor[] | null>(null);
  bridges = $state.raw<BridgeStatus[]>([]);
  /** When the server last answered, ms; null before the first answer. */
  heardMs = $state<number | null>(null);
  silent = $state(false);
  nowMs = $state(Date.now());
  readonly simulated = $derived(this.info?.simulated === true || (this.sensors ?? []).some((s) => s.simulated));

  private firstSilenceMs: number | null = null;

  start(): void {
    onReachable((yes) => this.noted(yes));
    setInterval(() => (this.nowMs = Date.now()), 1000);
    void this.poll();
  }

  sensor(name: string): Sensor | undefined {
    return this.sensors?.find((sensor) => sensor.sensor === name);
  }

  async refresh(): Promise<void> {
    if (me.may('sensors.read')) {
      const [sensors, bridges] = await Promise.all([api.sensors(), api.bridges()]);
      this.sensors = sensors;
      this.bridges = bridges;
    }
    this.info ??= await api.info();
  }

  private async poll(): Promise<void> {
    try {
      if (!document.hidden && me.inside) await this.refresh();
    } catch {
      // told by onReachable; the strip says so and the next turn tries again
    }
    setTimeout(() => void this.poll(), POLL_MS);
  }

  private noted(reachable: boolean): void {
    const now = Date.now();
    if (reachable) {
      this.heardMs = now;
      this.firstSilenceMs = null;
    } else {
      this.firstSilenceMs ??= now;
    }
    this.silent = this.firstSilenceMs !== null && now - this.firstSilenceMs >= (this.heardMs ? LOST_AFTER_MS : 0);
  }
}

export const app = new App();
