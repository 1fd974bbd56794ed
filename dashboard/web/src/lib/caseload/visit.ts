/** How long going through the list took: from its first sight today to the last person settled. */

const KEY = 'tempoband.caseload.visit';

interface Kept {
  day: string;
  startedMs: number;
  doneMs: number;
  settled: string[];
}

/** A pause this long ends a visit: the coffee in between is not work. */
const PAUSE_MS = 30 * 60_000;

export class Visit {
  private kept: Kept;

  constructor(
    private readonly day: string,
    private readonly now: () => number = Date.now,
    private readonly store: Pick<Storage, 'getItem' | 'setItem'> = sessionStorage,
  ) {
    this.kept = this.load() ?? { day, startedMs: now(), doneMs: 0, settled: [] };
    this.save();
  }

  get settled(): number {
    return this.kept.settled.length;
  }

  /** Minutes from the first sight to the last settling; null before the first. */
  get minutes(): number | null {
    return this.kept.doneMs ? (this.kept.doneMs - this.kept.startedMs) / 60_000 : null;
  }

  did(person: string): void {
    this.kept.doneMs = this.now();
    if (!this.kept.settled.includes(person)) this.kept.settled.push(person);
    this.save();
  }

  undid(person: string): void {
    this.kept.settled = this.kept.settled.filter((other) => other !== person);
    this.save();
  }

  private load(): Kept | null {
    try {
      const kept = JSON.parse(this.store.getItem(KEY) ?? 'null') as Kept | null;
      if (!kept || kept.day !== this.day) return null;
      const last = kept.doneMs || kept.startedMs;
      return this.now() - last > PAUSE_MS ? null : kept;
    } catch {
      return null;
    }
  }

  private save(): void {
    try {
      this.store.setItem(KEY, JSON.stringify(this.kept));
    } catch {
      // without storage the visit ends with the page
    }
  }
}
