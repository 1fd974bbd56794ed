/** A flag in the reader's language: its reason, its rule, and the sentence one might send. */

import type { CaseFlag, CaseRow, RuleName } from '$lib/api/types';
import { number, percent } from '$lib/format';
import { language, t, tn, type Key } from '$lib/i18n/index.svelte';

const SHARES = new Set(['share', 'drop']);
const WORDS_EN = ['No one', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten', 'Eleven', 'Twelve'];
const WORDS_DE = ['keiner', 'einer', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun', 'zehn', 'elf', 'zwölf'];

/** Nine, not 9: up to twelve. */
export function counted(n: number): string {
  return (language.locale === 'de' ? WORDS_DE : WORDS_EN)[n] ?? number(n);
}

/** Wednesday, or the date when that is not within six days; short for narrow columns. */
export function dayWord(us: number, { short = false, nowMs = Date.now() } = {}): string {
  const near = Math.abs(nowMs - us / 1000) < 6 * 86_400_000;
  const style = short ? 'short' : 'long';
  return new Intl.DateTimeFormat(language.region, near ? { weekday: style } : { day: 'numeric', month: style }).format(us / 1000);
}

function figure(flag: CaseFlag, name: string): number {
  return Number(flag.numbers[name] ?? 0);
}

/** Why somebody is flagged, in one sentence; a rule that this page does not know is said as the server says it. */
export function reason(flag: CaseFlag): string {
  const n = (name: string) => figure(flag, name);
  switch (flag.rule) {
    case 'pain': {
      const told = { pain: n('pain'), day: dayWord(n('at_us')) };
      return 'usual' in flag.numbers ? t('flag.pain_usual', { ...told, usual: number(n('usual')) }) : t('flag.pain', told);
    }
    case 'no_set':
      return tn(n('never') ? 'flag.never' : 'flag.no_set', n('days'));
    case 'dose': {
      const share = percent(n('share'));
      if (!n('quick')) return t('flag.dose_days', { done: n('done'), of: n('prescribed'), share });
      return 'back_s' in flag.numbers ? t('flag.dose_quick', { share, back: number(n('back_s'), 1) }) : t('flag.dose_quick_plain', { share });
    }
    case 'snap_back':
      return t('flag.snap_back', { n: n('n'), of: n('of') });
    case 'range':
      return t('flag.range', { drop: percent(n('drop')) });
    case 'over_use':
      return n('jump') ? t('flag.load_jump', { times: number(n('times'), 1) }) : t('flag.over_use', { days: n('days'), of: n('prescribed') });
    case 'band_release':
      return t('flag.band_release');
    case 'sensor_silent':
      if (n('told')) return t('flag.sensor_silent_told', { days: n('days') });
      return 'battery' in flag.numbers
        ? t('flag.sensor_silent_battery', { days: n('days'), battery: n('battery') })
        : t('flag.sensor_silent', { days: n('days') });
    case 'band_wear':
      return t('flag.band_wear', { drop: percent(n('drop')), days: n('days') });
    default:
      return flag.words;
  }
}

/** A rule with its numbers, as it stands beside its flag. */
export function ruleWords(rule: RuleName, limits: Record<string, number>): string {
  const shown = Object.entries(limits).map(([name, value]) => [name, SHARES.has(name) ? percent(value) : number(value, value % 1 ? 1 : 0)]);
  return t(`rule.${rule}` as Key, Object.fromEntries(shown) as Record<string, string>);
}

/** Whether a limit is a share that people read as per cent. */
export function isShare(name: string): boolean {
  return SHARES.has(name);
}

/** 3 of 4; where nothing was asked for, the days there were. */
export function daysWords(span: Pick<CaseRow['week'], 'days_done' | 'days_prescribed'>): string {
  if (span.days_prescribed) return t('case.days_of', { done: span.days_done, of: span.days_prescribed });
  return span.days_done ? tn('case.days_n', span.days_done) : '–';
}

/** Clamshell +2 */
export function exerciseWords(row: CaseRow): string {
  const [first, ...more] = row.exercises;
  if (!first) return '';
  return more.length ? t('case.more_exercises', { exercise: first, n: more.length }) : first;
}
