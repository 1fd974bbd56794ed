import { expect, test } from 'vitest';

import { adviceOf } from './advice';

test('what to do comes first, the reason after it', () => {
  expect(adviceOf('6 reps: snap back in 3 of them cost most; let the band come back slowly.')).toEqual({
    todo: 'Let the band come back slowly.', why: '6 reps: snap back in 3 of them cost most.',
  });
  expect(adviceOf('3 Wiederholungen, im Tempo; genau so weiter.').todo).toBe('Genau so weiter.');
});

test('a sentence of one part stays whole', () => {
  expect(adviceOf('No repetitions were seen.')).toEqual({ todo: 'No repetitions were seen.', why: '' });
  expect(adviceOf('')).toEqual({ todo: '', why: '' });
});
