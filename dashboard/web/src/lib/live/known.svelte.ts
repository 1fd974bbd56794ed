/** What the live page knows of its wearer: the plan, the references, what was done today. */

import { api } from '$lib/api/client';
import type { Exercise, Prescription, Reference, SetRecord, Side } from '$lib/api/types';
import { dayOf, type DayItem } from '$lib/people/today';
import { referenceFor } from '$lib/reference/reference';
import { Resource } from '$lib/resource.svelte';

export class WearerKnown {
  readonly plans = new Resource<Prescription[]>(() => this.of((person) => api.prescriptions(person)));
  readonly references = new Resource<Reference[]>(() => this.of((person) => api.references(person)));
  readonly sets = new Resource<SetRecord[]>(() => this.of((person) => api.sets({ person, limit: 60 })));
  readonly catalogue = new Resource<Exercise[]>(() => api.exercises());
  /** Whether all that the start panel shows is there, or has failed: shown piece by piece it would move under the thumb. */
  readonly settled = $derived.by(() => [this.catalogue, this.references, this.sets].every((one) => one.settled));
  readonly active = $derived.by(() => this.plans.value?.filter((plan) => plan.ended_us === null) ?? null);

  constructor(private readonly personId: () => string | null) {}

  private of<T>(load: (person: string) => Promise<T[]>): Promise<T[]> {
    const person = this.personId();
    return person ? load(person) : Promise.resolve([]);
  }

  refresh(): void {
    void this.plans.refresh();
    void this.references.refresh();
    void this.sets.refresh();
  }

  exercise(slug: string | undefined): Exercise | null {
    return this.catalogue.value?.find((one) => one.slug === slug) ?? null;
  }

  unilateral = (plan: Prescription): boolean => this.exercise(plan.exercise)?.unilateral ?? false;

  /** The programme of the day; a set that has just ended counts at once, before the list is asked for again. */
  day(ended: SetRecord | null, nowMs: number): DayItem[] {
    if (!this.active || !this.sets.value || !this.catalogue.value) return [];
    const recent = [...(ended ? [ended] : []), ...this.sets.value.filter((one) => one.id !== ended?.id)];
    return dayOf(this.active, recent, this.unilateral, nowMs);
  }

  /** undefined: not known yet; null: to be measured first. */
  reference(plan: Prescription | null, side: Side): Reference | null | undefined {
    return plan && this.references.value ? referenceFor(this.references.value, plan, side) : undefined;
  }

  /** What a set's own reference says of peak, base and floor. */
  held(set: SetRecord | null): { peakN: number; baseN: number; floorN: number | null } | null {
    const named = this.references.value?.find((one) => one.id === set?.reference_id);
    return named ? { peakN: named.peak_n, baseN: named.peak_n - named.excursion_n, floorN: named.floor_n } : null;
  }
}
