/** Every string of the page lives in a message file; English is complete, the others are loaded when chosen. */

import en from './en';

export type Key = keyof typeof en;
export type Messages = Record<Key, string>;
type Params = Record<string, string | number>;
type PluralBase = Key extends infer K ? (K extends `${infer Base}_other` ? Base : never) : never;

export const LOCALES = ['en', 'de'] as const;
export type Locale = (typeof LOCALES)[number];

const STORED = 'tempoband.locale';

function preferred(): Locale {
  const chosen = localStorage.getItem(STORED);
  const wanted = chosen ? [chosen] : navigator.languages;
  for (const language of wanted) {
    const found = LOCALES.find((locale) => language.toLowerCase().startsWith(locale));
    if (found) return found;
  }
  return 'en';
}

class Language {
  locale = $state<Locale>('en');
  messages = $state.raw<Messages>(en);
  /** The reader's own region for dates and figures, such as en-GB. */
  readonly region = $derived(navigator.languages.find((one) => one.toLowerCase().startsWith(this.locale)) ?? this.locale);
  readonly plural = $derived(new Intl.PluralRules(this.locale));

  async use(locale: Locale): Promise<void> {
    this.messages = locale === 'de' ? (await import('./de')).default : en;
    this.locale = locale;
    document.documentElement.lang = locale;
  }

  async choose(locale: Locale): Promise<void> {
    localStorage.setItem(STORED, locale);
    await this.use(locale);
  }

  start(): Promise<void> {
    return this.use(preferred());
  }
}

export const language = new Language();

function fill(text: string, params?: Params): string {
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole)) : text;
}

/** The message with its {names} filled in. */
export function t(key: Key, params?: Params): string {
  return fill(language.messages[key], params);
}

/** The message in the form that fits `n`: keys `base_one` and `base_other`. */
export function tn(base: PluralBase, n: number, params?: Params): string {
  const form = language.plural.select(n) === 'one' ? 'one' : 'other';
  const key = `${base}_${form}`;
  const messages: Record<string, string> = language.messages;
  return fill(messages[key] ?? messages[`${base}_other`] ?? key, { n, ...params });
}

/** The message of a word that comes from the server, or the fallback when the page does not know it. */
export function tWord(prefix: string, word: string, fallback = word.replaceAll('_', ' ')): string {
  const messages: Record<string, string> = language.messages;
  return messages[`${prefix}.${word}`] ?? fallback;
}
