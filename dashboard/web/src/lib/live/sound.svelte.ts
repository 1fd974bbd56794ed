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

class Ears {
  sound = $state<Sound>('off');
  private chosen = false;
  private context: AudioContext | null = null;
  private advisedRep = -Infinity;
  private advisedFor = '';

  /** Called from a press: off, tones, voice, off ... */
  next(): void {
    this.chosen = true;
    this.use(SOUNDS[(SOUNDS.indexOf(this.sound) + 1) % SOUNDS.length] ?? 'off');
  }

  /** Called from the press that starts a set: tones, unless something else was chosen. */
  unlock(): void {
    if (!this.chosen && this.sound === 'off') this.use('tones');
  }

  private use(sound: Sound): void {
    this.sound = sound;
    if (sound === 'off') speechSynthesis.cancel();
    else {
      this.context ??= new AudioContext();
      void this.context.resume();
      this.phase('out');
    }
  }

  /** A phase begins. */
  phase(key: PhaseKey): void {
    if (this.sound === 'tones') this.tone(key);
    if (this.sound === 'voice') this.say(t(`phase.${key}`), true);
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

  /** A new set: earlier advice no longer counts. */
  forget(): void {
    this.advisedRep = -Infinity;
    this.advisedFor = '';
  }

  private tone(key: PhaseKey): void {
    const context = this.context;
    if (!context) return;
    const [from, to, seconds] = TONE[key];
    const start = context.currentTime;
    const oscillator = new OscillatorNode(context, { type: 'triangle', frequency: from });
    const gain = new GainNode(context, { gain: 0 });
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
