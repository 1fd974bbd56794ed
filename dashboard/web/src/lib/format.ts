/** Numbers, times and units in the reader's words. */

import { language, t } from '$lib/i18n/index.svelte';

const MINUS = '\u2212';

export function number(value: number, digits = 0): string {
  const text = new Intl.NumberFormat(language.region, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
  return text.replace('-', MINUS);
}

export function signed(value: number, digits = 1): string {
  const text = number(Math.abs(value), digits);
  if (Number(Math.abs(value).toFixed(digits)) === 0) return '\u00b1' + text;
  return (value < 0 ? MINUS : '+') + text;
}

export function percent(share: number): string {
  return `${number(share * 100)}\u00a0%`;
}

/** `clock`: 18:52; `day`: Wednesday, 18:52 (or the date when it is over six days away). */
export function clockTime(us: number): string {
  return new Intl.DateTimeFormat(language.region, { hour: '2-digit', minute: '2-digit' }).format(us / 1000);
}

export function dayTime(us: number, nowMs = Date.now()): string {
  const when = new Date(us / 1000);
  const today = new Date(nowMs);
  if (when.toDateString() === today.toDateString()) return t('time.today', { time: clockTime(us) });
  const near = Math.abs(nowMs - when.getTime()) < 6 * 86_400_000;
  const day = new Intl.DateTimeFormat(language.region, near ? { weekday: 'long' } : { day: 'numeric', month: 'short' });
  return `${day.format(when)}, ${clockTime(us)}`;
}

export function longDay(us: number): string {
  return new Intl.DateTimeFormat(language.region, { weekday: 'long', day: 'numeric', month: 'long' }).format(us / 1000);
}

/** A day of any year: what was agreed to stays for years. */
export function fullDay(us: number): string {
  return new Intl.DateTimeFormat(language.region, { dateStyle: 'long' }).format(us / 1000);
}

/** "just now", "12 s ago", "3 min ago", "18:52". */
export function ago(us: number, nowMs = Date.now()): string {
  const seconds = Math.max(0, (nowMs - us / 1000) / 1000);
  if (seconds < 3) return t('time.now');
  if (seconds < 60) return t('time.seconds_ago', { n: Math.floor(seconds) });
  if (seconds < 3600) return t('time.minutes_ago', { n: Math.floor(seconds / 60) });
  return dayTime(us, nowMs);
}

/** How old something is, short: 12 s, 4 min, 3 h, 2 d. */
export function age(us: number, nowMs = Date.now()): string {
  const seconds = Math.max(0, (nowMs - us / 1000) / 1000);
  const [size, unit] = ([[86_400, 'd'], [3600, 'h'], [60, 'min']] as const).find(([least]) => seconds >= least) ?? [1, 's'];
  return `${Math.floor(seconds / size)}\u00a0${unit}`;
}

/** A long while in one unit: "55 days", "5 hours", "12 minutes". */
export function lasting(seconds: number): string {
  const [size, unit] = ([[86_400, 'day'], [3600, 'hour']] as const).find(([least]) => seconds >= 2 * least) ?? [60, 'minute'];
  return new Intl.NumberFormat(language.region, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.round(seconds / size));
}

/** A reason as the server gives it, to stand on its own: a capital and a full stop. */
export function sentence(text: string): string {
  return text && text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}

/** 75 -> 1:15 */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
