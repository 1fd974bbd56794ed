import { expect, test } from 'vitest';

import { STANCE_S, StepCounter, SteadyGuide } from './steady';

const RATE = 80;

function play(guide: SteadyGuide, fromS: number, seconds: number, at: (s: number) => number): number {
  let slack = 0;
  for (let i = 0; i < seconds * RATE; i++) if (guide.push(fromS + i / RATE, at(i / RATE))) slack++;
  return slack;
}

test('three steady seconds set the floor', () => {
  const guide = new SteadyGuide(null);
  play(guide, 0, 2, (s) => 20 * s); // putting the band on
  expect(guide.now.state).toBe('stance');
  play(guide, 2, STANCE_S / 2, () => 40);
  expect(guide.now.state).toBe('stance');
  expect(guide.now.leftS).toBeLessThan(STANCE_S);
  play(guide, 2 + STANCE_S / 2, STANCE_S, () => 40);
  expect(guide.now).toMatchObject({ state: 'working' });
  expect(guide.now.floorN).toBeCloseTo(28);
});

test('a slack band is no stance', () => {
  const guide = new SteadyGuide(null);
  play(guide, 0, 10, () => 0.1);
  expect(guide.now).toMatchObject({ state: 'stance', leftS: STANCE_S });
});

test('slack is told once for each time, and a tremor is none', () => {
  const guide = new SteadyGuide(20);
  expect(play(guide, 0, 1, () => 30)).toBe(0);
  expect(play(guide, 1, 0.1, () => 10)).toBe(0);
  expect(play(guide, 1.1, 1, () => 30)).toBe(0);
  expect(play(guide, 2.1, 1, () => 10)).toBe(1);
  expect(guide.now).toMatchObject({ slack: true, slackEvents: 1 });
  play(guide, 3.1, 1, () => 30);
  expect(guide.now.slack).toBe(false);
  expect(guide.now.aboveS).toBeCloseTo(3, 0);
});

test('what is done while paused does not count', () => {
  const guide = new SteadyGuide(20);
  guide.pause(true);
  expect(play(guide, 0, 2, () => 5)).toBe(0);
  expect(guide.now.aboveS).toBe(0);
});

test.each([0.6, 0.9, 1.4])('steps of %f s are counted', (stepS) => {
  const counter = new StepCounter();
  const noise = (i: number): number => 0.3 * Math.sin(i * 1.7) + 0.2 * Math.sin(i * 2.9);
  const steps = 15;
  for (let i = 0; i < steps * stepS * RATE; i++) counter.push(30 - 8 * Math.cos((2 * Math.PI * i) / RATE / stepS) + noise(i), 1 / RATE);
  expect(Math.abs(counter.steps - steps)).toBeLessThanOrEqual(1);
});

test('standing counts no steps', () => {
  const counter = new StepCounter();
  for (let i = 0; i < 20 * RATE; i++) counter.push(30 + 0.2 * Math.sin(i * 1.3), 1 / RATE);
  expect(counter.steps).toBe(0);
});
