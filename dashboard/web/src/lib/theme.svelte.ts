/** Light or dark: the system's choice until the reader makes one. */

const STORED = 'tempoband.theme';

class Theme {
  private system = $state(matchMedia('(prefers-color-scheme: dark)').matches);
  private chosen = $state<string | undefined>(document.documentElement.dataset.theme);
  readonly dark = $derived(this.chosen ? this.chosen === 'dark' : this.system);

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => (this.system = event.matches));
  }

  toggle(): void {
    const next = this.dark ? 'light' : 'dark';
    localStorage.setItem(STORED, next);
    document.documentElement.dataset.theme = next;
    this.chosen = next;
  }
}

export const theme = new Theme();

const calm = matchMedia('(prefers-reduced-motion: reduce)');

export function reducedMotion(): boolean {
  return calm.matches;
}
