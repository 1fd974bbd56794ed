/** The HTTP API. Every failure is an ApiError with a sentence for people. */

import type {
  BridgeStatus, Case, Caseload, CommandResult, Curve, DailyMail, DailyMailChange, Exercise, Felt, HandOver, Info,
  MessageRecord, NewPrescription, NewSelfReport, NewSet, Person, Prescription, Reference, RuleChange, RuleRecord,
  SelfReport, SelfTest, SelfTestRecord, Sensor, SetEdit, SetRecord, Side, Trend, Watch,
} from './types';
import { language } from '$lib/i18n/index.svelte';

export class ApiError extends Error {
  /** `status` is 0 when the server did not answer at all. */
  constructor(
    readonly status: number,
    message: string,
    readonly reason = '',
  ) {
    super(message);
  }

  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

type Listener = (reachable: boolean) => void;
const listeners = new Set<Listener>();

/** Tells whether the server answers, at every answer and every silence. */
export function onReachable(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(reachable: boolean): void {
  for (const listener of listeners) listener(reachable);
}

const unknown = new Set<() => void>();

/** Tells when the server does not know us any more, or wants something done first. */
export function onUnknown(listener: () => void): void {
  unknown.add(listener);
}

const FIRST = ['log_in', 'second_factor', 'second_factor_setup', 'consent'];
const IDLE_MS = 60_000;
let touchedMs = Date.now();
if (typeof addEventListener === 'function') {
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, () => (touchedMs = Date.now()), { passive: true });
}

/** No other site can send these; an untouched page does not keep its session alive. */
function ours(): Record<string, string> {
  return Date.now() - touchedMs > IDLE_MS ? { 'x-tempoband': '1', 'x-tempoband-idle': '1' } : { 'x-tempoband': '1' };
}

export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  // Read here, before anything is awaited: whoever asks within an effect asks again when the language changes.
  const init: RequestInit = { method, headers: { accept: 'application/json', 'accept-language': language.locale, ...ours() } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, 'content-type': 'application/json' };
  }
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    tell(false);
    throw new ApiError(0, error instanceof Error ? error.message : 'no answer');
  }
  tell(true);
  if (!answer.ok) throw await refusal(answer);
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
}

/** Words that are no JSON: a drawing. */
async function askText(path: string): Promise<string> {
  const answer = await fetch(path, { headers: ours() }).catch(() => null);
  if (!answer) throw new ApiError(0, 'no answer');
  if (!answer.ok) throw await refusal(answer);
  return answer.text();
}

/** FastAPI puts its sentence in `detail`; a refused command says `message` and `reason`. */
async function refusal(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => null);
  const fields = (typeof body === 'object' && body ? body : {}) as Record<string, unknown>;
  const inner = (typeof fields.detail === 'object' && fields.detail && !Array.isArray(fields.detail) ? fields.detail : fields) as Record<string, unknown>;
  const words = [inner.message, inner.detail, fields.detail].find((x) => typeof x === 'string' && x !== '');
  const listed = Array.isArray(fields.detail) ? fields.detail.map((x: { msg?: string }) => x.msg ?? '').join('; ') : '';
  const reason = typeof inner.reason === 'string' ? inner.reason : '';
  if (FIRST.includes(reason) && !answer.url.endsWith('/api/me')) for (const listener of unknown) listener();
  return new ApiError(answer.status, (words as string | undefined) ?? (listed || answer.statusText), reason);
}

export const id = encodeURIComponent;

export interface SetFilter {
  limit?: number;
  person?: string;
  sensor?: string;
  before_us?: number;
}

export function query(filter: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(filter).filter(([, value]) => value !== undefined);
  return pairs.length ? '?' + new URLSearchParams(pairs.map(([k, v]) => [k, String(v)])).toString() : '';
}

export const api = {
  info: () => ask<Info>('GET', '/api/info'),
  sensors: () => ask<Sensor[]>('GET', '/api/sensors'),
  bridges: () => ask<BridgeStatus[]>('GET', '/api/bridges'),
  tare: (sensor: string) => ask<CommandResult>('POST', `/api/sensors/${id(sensor)}/tare`),
  /** A point of the calibration: 0 while it hangs free, then the newtons that hang on it. */
  calibrate: (sensor: string, loadN: number) =>
    ask<CommandResult>('POST', `/api/sensors/${id(sensor)}/calibrate`, { load_n: loadN }),
  assign: (sensor: string, person_id: string | null) => ask<unknown>('PUT', `/api/sensors/${id(sensor)}/person`, { person_id }),
  csvUrl: (sensor: string, start_us: number, end_us: number) =>
    `/api/sensors/${id(sensor)}/samples.csv${query({ start_us: Math.floor(start_us), end_us: Math.ceil(end_us) })}`,
  sets: (filter: SetFilter = {}) => ask<{ sets: SetRecord[] }>('GET', `/api/sets${query({ ...filter })}`).then((x) => x.sets),
  set: (set: string) => ask<SetRecord>('GET', `/api/sets/${id(set)}`),
  /** All of a curve, or from one second of it to another: finer the less is asked for. */
  curve: (set: string, points: number, from_s?: number, to_s?: number) =>
    ask<Curve>('GET', `/api/sets/${id(set)}/curve${query({ points, from_s, to_s })}`),
  openSet: (body: NewSet) => ask<SetRecord>('POST', '/api/sets', body),
  closeSet: (set: string) => ask<SetRecord>('POST', `/api/sets/${id(set)}/close`),
  discardSet: (set: string) => ask<SetRecord>('POST', `/api/sets/${id(set)}/discard`),
  splitSet: (set: string, after_rep: number) => ask<{ sets: SetRecord[] }>('POST', `/api/sets/${id(set)}/split`, { after_rep }),
  mergeSets: (set: string, other: string) => ask<SetRecord>('POST', `/api/sets/${id(set)}/merge`, { set_id: other }),
  restoreSet: (set: string) => ask<SetRecord>('POST', `/api/sets/${id(set)}/restore`),
  editSet: (set: string, change: SetEdit) => ask<SetRecord>('PATCH', `/api/sets/${id(set)}`, change),
  people: () => ask<Person[]>('GET', '/api/people'),
  person: (person: string) => ask<Person>('GET', `/api/people/${id(person)}`),
  speak: (person: string, language: 'en' | 'de' | null) => ask<Person>('PUT', `/api/people/${id(person)}/language`, { language }),
  addPerson: (name: string) => ask<Person>('POST', '/api/people', { name }),
  prescriptions: (person: string) => ask<Prescription[]>('GET', `/api/people/${id(person)}/prescriptions`),
  prescribe: (person: string, body: NewPrescription) => ask<Prescription>('POST', `/api/people/${id(person)}/prescriptions`, body),
  endPrescription: (prescription: string) => ask<unknown>('DELETE', `/api/prescriptions/${id(prescription)}`),
  reports: (person: string, start_us: number, end_us: number) =>
    ask<SelfReport[]>('GET', `/api/people/${id(person)}/reports${query({ start_us, end_us })}`),
  report: (person: string, body: NewSelfReport) => ask<SelfReport>('POST', `/api/people/${id(person)}/reports`, body),
  /** A one-time way in for the wearer's phone. */
  handOver: (person: string) => ask<HandOver>('POST', `/api/people/${id(person)}/invitation`),
  references: (person: string) => ask<Reference[]>('GET', `/api/people/${id(person)}/references`),
  addReference: (person: string, body: { set_id: string; floor_n?: number }) =>
    ask<Reference>('POST', `/api/people/${id(person)}/references`, body),
  trends: (person: string) => ask<Trend[]>('GET', `/api/people/${id(person)}/trends`),
  felt: (person: string) => ask<Felt[]>('GET', `/api/people/${id(person)}/felt`),
  addFelt: (person: string, set_id: string, guess_s: number) => ask<Felt>('POST', `/api/people/${id(person)}/felt`, { set_id, guess_s }),
  selfTests: () => ask<SelfTest[]>('GET', '/api/self-tests'),
  selfTestsOf: (person: string) => ask<SelfTestRecord[]>('GET', `/api/people/${id(person)}/self-tests`),
  addSelfTest: (person: string, body: { test: string; passed: Partial<Record<Side, boolean>>; note: string }) =>
    ask<SelfTestRecord>('POST', `/api/people/${id(person)}/self-tests`, body),
  drawing: (slug: string) => askText(`/api/drawing${query({ slug })}`),
  exercises: () => ask<Exercise[]>('GET', '/api/exercises'),
  caseload: () => ask<Caseload>('GET', '/api/caseload'),
  case: (person: string) => ask<Case>('GET', `/api/caseload/${id(person)}`),
  sendCase: (person: string, body: string, days: number) => ask<MessageRecord>('POST', `/api/caseload/${id(person)}/send`, { body, days }),
  snoozeCase: (person: string, days: number) => ask<number>('POST', `/api/caseload/${id(person)}/snooze`, { days }),
  acknowledgeCase: (person: string) => ask<number>('POST', `/api/caseload/${id(person)}/acknowledge`),
  reopenCase: (person: string) => ask<number>('POST', `/api/caseload/${id(person)}/reopen`),
  rules: () => ask<RuleRecord[]>('GET', '/api/rules'),
  changeRule: (change: RuleChange) => ask<RuleRecord[]>('PUT', '/api/rules', change),
  dailyMail: () => ask<DailyMail>('GET', '/api/daily-mail'),
  changeDailyMail: (change: DailyMailChange) => ask<DailyMail>('PUT', '/api/daily-mail', change),
  testMail: (to: string) => ask<boolean>('POST', '/api/daily-mail/test', { to }),
  messages: (person: string) => ask<MessageRecord[]>('GET', `/api/people/${id(person)}/messages`),
  readMessages: (person: string, ids: string[]) => ask<MessageRecord[]>('POST', `/api/people/${id(person)}/messages/read`, { ids }),
  watch: (person: string, watching = false) => ask<Watch>('GET', `/api/people/${id(person)}/watch${watching ? '?watching=true' : ''}`),
  askWatch: (person: string, here: boolean) => ask<Watch>('POST', `/api/people/${id(person)}/watch`, { here }),
  answerWatch: (person: string, yes: boolean) => ask<Watch>('POST', `/api/people/${id(person)}/watch/answer`, { yes }),
  endWatch: (person: string) => ask<Watch>('POST', `/api/people/${id(person)}/watch/end`),
  cue: (person: string, text: string) => ask<Watch>('POST', `/api/people/${id(person)}/watch/cue`, { text }),
};
