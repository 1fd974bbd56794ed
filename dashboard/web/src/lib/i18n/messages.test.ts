import { describe, expect, it } from 'vitest';

import de from './de';
import en from './en';

const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe('message files', () => {
  it('hold the same keys in every language', () => {
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  });

  it('fill the same holes in every language', () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect([key, ...holes(de[key])]).toEqual([key, ...holes(en[key])]);
  });

  it('have both plural forms', () => {
    for (const key of Object.keys(en)) {
      if (key.endsWith('_one')) expect(en).toHaveProperty([key.replace(/_one$/, '_other')]);
    }
  });

  it('say each key in one area only', () => {
    const areas = Object.values(import.meta.glob<Record<string, string>>('./en/*.json', { eager: true, import: 'default' }));
    const keys = areas.flatMap((area) => Object.keys(area));
    expect(keys.length).toBe(new Set(keys).size);
  });

  it('end no sentence with an exclamation mark', () => {
    for (const text of [...Object.values(en), ...Object.values(de)]) expect(text).not.toContain('!');
  });
});
