/** Tension is newtons inside; the reader chooses what it is shown in. */

import { number } from '$lib/format';

export const UNITS = ['N', 'kg', 'lb'] as const;
export type Unit = (typeof UNITS)[number];

const NEWTONS_PER: Record<Unit, number> = { N: 1, kg: 9.80665, lb: 4.4482216152605 };
const DIGITS: Record<Unit, number> = { N: 0, kg: 1, lb: 1 };
const STORED = 'tempoband.unit';

class Units {
  unit = $state<Unit>(UNITS.find((unit) => unit === localStorage.getItem(STORED)) ?? 'N');

  choose(unit: Unit): void {
    this.unit = unit;
    localStorage.setItem(STORED, unit);
  }

  /** Newtons in the chosen unit. */
  of(newtons: number): number {
    return newtons / NEWTONS_PER[this.unit];
  }

  /** Newtons per chosen unit. */
  get newtons(): number {
    return NEWTONS_PER[this.unit];
  }

  /** The bare figure, without its unit. */
  figure(newtons: number, moreDigits = 0): string {
    return number(this.of(newtons), DIGITS[this.unit] + moreDigits);
  }

  text(newtons: number): string {
    return `${this.figure(newtons)}\u00a0${this.unit}`;
  }
}

export const units = new Units();
