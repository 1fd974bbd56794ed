/**
 * The guide for ears: nobody looks at a screen in the middle of a rep.
 *
 * Tones say the phase by their shape (rising out, level hold, falling back); the voice says its word. Browsers
 * only play after a press, so switching on unlocks the sound and plays a first tone.
 */

import type { PhaseKey } from '$lib/guide/plan';
import { language, t } from '$lib/i18n/index.svelte';

export const SOUNDS = ['off', 'tones', 'voice'] as const;
export type Sound = (typeof SOUNDS)[number];

/** Start and end of each phase's tone in hertz, and how long it sounds. */
const TONE: Record<PhaseKey, readonly [number, number, number]> = {
  out: [392, 587, 0.22],
  hold: [523, 523, 0.12],
  back: [587, 392, 0.22],
  rest: [330, 330, 0.1],
};
const ATTACK_S = 0.012;
const LOUD = 0.22;
/** At most every third rep is talked about, and only when something is new or worse. */
const ADVICE_EVERY = 3;
/** Nobody is told the same thing again sooner. */
const CUE_AGAIN_MS = 4000;

export function legWord(key: PhaseKey): string {
  return t(`phase.${key}`);
}

/** Exercises that lift the body instead of the leg. */
export function liftWord(key: PhaseKey): string {
  return t(`lift.${key}`);
}

class Ears {
  sound = $state<Sound>('off');
  private chosen = false;
  private context: AudioContext | null = null;
  private advisedRep = -Infinity;
  private advisedFor = '';
  private cued = '';
  private cuedMs = -Infinity;

  /** Called from a press: off, tones, voice, off ... */
  next(): void {
    this.chosen = true;
    this.use(SOUNDS[(SOUNDS.indexOf(this.sound) + 1) % SOUNDS.length] ?? 'off');
  }

  /** Called from the press that starts a set: tones, or a voice where nobody looks, unless something was chosen. */
  unlock(usual: Sound = 'tones'): void {
    if (!this.chosen && this.sound !== usual) this.use(usual);
  }

  private use(sound: Sound): void {
    this.sound = sound;
    if (sound === 'off') speechSynthesis.cancel();
    else {
      this.context ??= new AudioContext();
      void this.context.resume();
      this.phase('out', legWord('out'));
    }
  }

  /** A phase begins. */
  phase(key: PhaseKey, word: string): void {
    if (this.sound === 'tones') this.tone(key);
    if (this.sound === 'voice') this.say(word, true);
  }

  /** Something to do now: the same again only after a while, unless it must be heard. */
  cue(words: string, must = false): void {
    const now = performance.now();
    if (!must && words === this.cued && now - this.cuedMs < CUE_AGAIN_MS) return;
    this.cued = words;
    this.cuedMs = now;
    if (this.sound === 'voice') this.say(words, true);
    if (this.sound !== 'tones') return;
    this.tone('hold');
    this.tone('hold', 0.2);
  }

  /** A rep is over; `trouble` names what went wrong, or nothing. */
  rep(number: number, trouble: string, words: string): void {
    if (this.sound !== 'voice' || trouble === '') return;
    const fresh = trouble !== this.advisedFor || number - this.advisedRep >= 2 * ADVICE_EVERY;
    if (!fresh || number - this.advisedRep < ADVICE_EVERY) return;
    this.advisedRep = number;
    this.advisedFor = trouble;
    this.say(words, false);
  }

  /** The physio watches and says something: spoken whatever is chosen, for the wearer agreed to it. */
  fromPhysio(words: string): void {
    this.say(words, true);
  }

  /** A new set: earlier advice no longer counts. */
  forget(): void {
    this.advisedRep = -Infinity;
    this.advisedFor = '';
  }

  private tone(key: PhaseKey, laterS = 0): void {
    const context = this.context;
    if (!context) return;
    const [from, to, seconds] = TONE[key];
    const start = context.currentTime + laterS;
    const oscillator = new OscillatorNode(context, { type: 'triangle', frequency: from });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    oscillator.frequency.setValueAtTime(from, start);
    oscillator.frequency.linearRampToValueAtTime(to, start + seconds);
    gain.gain.linearRampToValueAtTime(LOUD, start + ATTACK_S);
    gain.gain.setTargetAtTime(0, start + seconds, 0.03);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + seconds + 0.25);
  }

  private say(words: string, atOnce: boolean): void {
    if (atOnce) speechSynthesis.cancel(); // a late word is worse than a cut one
    else if (speechSynthesis.speaking) return;
    const utterance = new SpeechSynthesisUtterance(words);
    utterance.lang = language.region;
    utterance.rate = atOnce ? 1.15 : 1;
    speechSynthesis.speak(utterance);
  }
}

export const ears = new Ears();
