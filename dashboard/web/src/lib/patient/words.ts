/** Names and dates of the patient page in the reader's language. */

import { language, t, tWord } from '$lib/i18n/index.svelte';
import { dateOf } from './month';

export function exerciseWords(slug: string, name: string): string {
  return slug === 'unknown' ? t('exercise.unknown') : name;
}

export function withSide(slug: string, name: string, side: string | null): string {
  const exercise = exerciseWords(slug, name);
  return side === 'left' || side === 'right' ? t('exercise.side', { exercise, side: t(`side.${side}`) }) : exercise;
}

export function placeWords(place: string): string {
  return tWord('place', place, place);
}

export function shortDay(us: number): string {
  return new Intl.DateTimeFormat(language.region, { day: 'numeric', month: 'short' }).format(us / 1000);
}

export function dayAndTime(us: number): string {
  return new Intl.DateTimeFormat(language.region, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(us / 1000);
}

/** A local day of the clinic, `2026-11-20`, in words. */
export function dayWords(day: string): string {
  return new Intl.DateTimeFormat(language.region, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(dateOf(day));
}

export function monthWords(month: string): string {
  return new Intl.DateTimeFormat(language.region, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(dateOf(`${month}-01`));
}

export function weekdayNames(): string[] {
  const name = new Intl.DateTimeFormat(language.region, { weekday: 'short', timeZone: 'UTC' });
  return Array.from({ length: 7 }, (_, i) => name.format(Date.UTC(2024, 0, 1 + i)));
}
