/**
 * The guide of walks and push-outs: a start stance of three seconds sets the floor; from then on tension is kept
 * above it. Steps are counted for the turn only; what is kept of the set is counted again from the stored curve.
 */

/** As the scorer's thresholds: what is said live must not differ from what is kept. */
export const STANCE_S = 3;
const FLOOR_SHARE = 0.7;
const STANCE_CV = 0.25;
const LEAST_STANCE_N = 1;
const SLACK_S = 0.15;

const FAST_S = 0.08;
const SLOW_S = 1.2;
const LEAST_STEP_S = 0.3;
/** A step swings at least this share of the usual swing away from the middle. */
const SWING_SHARE = 0.5;
const LEAST_SWING_N = 0.4;

export interface SteadyNow {
  state: 'stance' | 'working';
  /** Seconds of stance still to hold. */
  leftS: number;
  floorN: number | null;
  tensionN: number;
  slack: boolean;
  aboveS: number;
  slackEvents: number;
  steps: number;
}

export class SteadyGuide {
  private stance: { t: number; n: number }[] = [];
  private lastS = NaN;
  private floor: number | null;
  private belowFromS: number | null = null;
  private told = false;
  private above = 0;
  private events = 0;
  private tension = NaN;
  private readonly counter = new StepCounter();
  private halted = false;

  constructor(floorN: number | null) {
    this.floor = floorN;
  }

  /** One more sample; true when tension has just been below the floor for long enough to say so. */
  push(timeS: number, tensionN: number): boolean {
    const passedS = Number.isNaN(this.lastS) ? 0 : Math.max(0, Math.min(0.5, timeS - this.lastS));
    this.lastS = timeS;
    this.tension = tensionN;
    if (this.floor === null) {
      this.stand(timeS, tensionN);
      return false;
    }
    if (this.halted) return false;
    this.counter.push(tensionN, passedS);
    if (tensionN >= this.floor) {
      this.above += passedS;
      this.belowFromS = null;
      this.told = false;
      return false;
    }
    this.belowFromS ??= timeS;
    if (this.told || timeS - this.belowFromS < SLACK_S) return false;
    this.told = true;
    this.events++;
    return true;
  }

  private stand(timeS: number, tensionN: number): void {
    this.stance.push({ t: timeS, n: tensionN });
    while (this.stance.length && timeS - this.stance[0]!.t > STANCE_S) this.stance.shift();
    while (this.stance.length > 1 && !steady(this.stance)) this.stance.shift();
    if (this.heldS() < STANCE_S - 0.05) return;
    this.floor = FLOOR_SHARE * median(this.stance.map((one) => one.n));
  }

  private heldS(): number {
    if (this.stance.length < 2 || median(this.stance.map((one) => one.n)) < LEAST_STANCE_N) return 0;
    return this.stance.at(-1)!.t - this.stance[0]!.t;
  }

  /** The wearer turns: the steps of the other way count from nothing. */
  turn(): void {
    this.counter.steps = 0;
  }

  pause(yes: boolean): void {
    this.halted = yes;
  }

  get now(): SteadyNow {
    return {
      state: this.floor === null ? 'stance' : 'working',
      leftS: Math.max(0, STANCE_S - this.heldS()),
      floorN: this.floor,
      tensionN: this.tension,
      slack: this.told,
      aboveS: this.above,
      slackEvents: this.events,
      steps: this.counter.steps,
    };
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function steady(stance: readonly { n: number }[]): boolean {
  const mean = stance.reduce((sum, one) => sum + one.n, 0) / stance.length;
  const spread = Math.sqrt(stance.reduce((sum, one) => sum + (one.n - mean) ** 2, 0) / stance.length);
  return spread <= STANCE_CV * Math.max(mean, LEAST_STANCE_N);
}

/** Each step stretches the band and lets it back: a swing above and below the middle is one step. */
export class StepCounter {
  steps = 0;
  private fast = NaN;
  private slow = NaN;
  private usual = 0;
  private low = false;
  private sinceS = Infinity;

  push(tensionN: number, passedS: number): void {
    if (Number.isNaN(this.fast)) {
      this.fast = this.slow = tensionN;
      return;
    }
    this.fast += (tensionN - this.fast) * (1 - Math.exp(-passedS / FAST_S));
    this.slow += (tensionN - this.slow) * (1 - Math.exp(-passedS / SLOW_S));
    const swing = this.fast - this.slow;
    this.usual += (Math.abs(swing) - this.usual) * (1 - Math.exp(-passedS / (2 * SLOW_S)));
    const enough = Math.max(LEAST_SWING_N, SWING_SHARE * this.usual);
    this.sinceS += passedS;
    if (swing < -enough) this.low = true;
    if (!this.low || swing < enough || this.sinceS < LEAST_STEP_S) return;
    this.low = false;
    this.sinceS = 0;
    this.steps++;
  }
}

/** Whether something that is shown has changed: not every sample has to draw the page anew. */
export function differs(a: SteadyNow, b: SteadyNow): boolean {
  return (
    a.state !== b.state || a.slack !== b.slack || a.steps !== b.steps || a.slackEvents !== b.slackEvents || a.floorN !== b.floorN ||
    Math.floor(a.aboveS) !== Math.floor(b.aboveS) || Math.ceil(a.leftS) !== Math.ceil(b.leftS)
  );
}
