/** A set that was gone on with: two halves that become one when the second is over; kept over a reload. */

const STORED = 'tempoband.join';

interface Halves {
  first: string;
  second: string;
}

export class Joining {
  private halves: Halves | null = read();

  begin(first: string, second: string): void {
    this.halves = { first, second };
    sessionStorage.setItem(STORED, JSON.stringify(this.halves));
  }

  /** The halves whose second one this is; asked once. */
  take(second: string): Halves | null {
    if (this.halves?.second !== second) return null;
    const { halves } = this;
    this.halves = null;
    sessionStorage.removeItem(STORED);
    return halves;
  }
}

function read(): Halves | null {
  const text = sessionStorage.getItem(STORED);
  return text ? (JSON.parse(text) as Halves) : null;
}
