/** What this browser can do here: all three need HTTPS that it trusts (or this machine itself). */

/** Chromium's own offer to install; other browsers have it in a menu only. */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

export type Lack = 'plain' | 'untrusted' | 'browser' | 'refused';

class Ability {
  readonly secure = globalThis.isSecureContext;
  readonly canWake = 'wakeLock' in navigator;
  readonly canWork = 'serviceWorker' in navigator;
  readonly installed = matchMedia('(display-mode: standalone)').matches;
  /** The device said no to keeping the screen on. */
  refused = $state(false);
  offer = $state.raw<InstallOffer | null>(null);
  private works = $state<boolean | null>(null);

  /** A worker that cannot be fetched: the only reason on a page that itself was fetched is the certificate. */
  readonly lack = $derived<Lack | null>(!this.secure ? 'plain' : this.works === false ? 'untrusted' : null);
  readonly screen = $derived<Lack | null>(!this.secure ? 'plain' : !this.canWake ? 'browser' : this.refused ? 'refused' : null);
  readonly offline = $derived<Lack | null>(this.lack ?? (this.canWork ? null : 'browser'));

  constructor() {
    addEventListener('beforeinstallprompt', (event) => {
      event.preventDefault();
      this.offer = event as InstallOffer;
    });
  }

  /** Whether the worker could be registered. */
  worker(yes: boolean): void {
    this.works = yes;
  }

  install = async (): Promise<void> => {
    await this.offer?.prompt();
    this.offer = null;
  };
}

export const ability = new Ability();
