/** Single keys can be switched off (WCAG 2.1.4): speech input and shaky hands press them by chance. */

const KEY = 'tempoband.single-keys';

class SingleKeys {
  on = $state(localStorage.getItem(KEY) !== 'off');

  toggle(): void {
    this.on = !this.on;
    localStorage.setItem(KEY, this.on ? 'on' : 'off');
  }
}

export const singleKeys = new SingleKeys();
