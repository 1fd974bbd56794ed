/**
 * What the server says. The shapes come from its OpenAPI document (`npm run types`); here stands what that
 * document leaves open: the JSON of a score, the exercise catalogue, and the messages of the live socket.
 * Times are UTC microseconds unless the name says otherwise.
 */

import type { components } from './openapi';

type Schemas = components['schemas'];

export type Named = Schemas['Named'];
export type Info = Schemas['InfoOut'];
export type SensorState = 'searching' | 'connecting' | 'streaming' | 'idle' | 'lost' | 'taken' | 'asleep' | 'offline';
export type BridgeStatus = Schemas['BridgeStatus'];
export type CommandResult = Schemas['CommandResult'];
export type Side = Schemas['Side'];
export type ExerciseKind = Schemas['ExerciseKind'];
export type SetStatus = Schemas['SetStatus'];
export type Curve = Schemas['CurveOut'];
export type Prescription = Schemas['PrescriptionOut'];
export type Person = Schemas['PersonOut'];
export type Caseload = Schemas['CaseloadOut'];
export type Case = Schemas['CaseOut'];
export type CaseRow = Schemas['CaseloadRow'];
export type CaseFlag = Schemas['FlagOut'];
export type CaseRep = Schemas['RepOut'];
export type RuleName = Schemas['Rule'];
export type RuleRecord = Schemas['RuleOut'];
export type RuleChange = Schemas['RuleIn'];
export type DailyMail = Schemas['DailyMailOut'];
export type DailyMailChange = Schemas['DailyMailIn'];
export type MessageRecord = Schemas['MessageOut'];
export type Watch = Schemas['WatchOut'];
export type SelfReport = Schemas['SelfReportOut'];
export type NewSelfReport = Schemas['SelfReportIn'];
export type NewSet = Partial<Schemas['NewSet']>;
export type Reference = Schemas['ReferenceOut'];
export type Trend = Schemas['Trend'];
export type TrendPoint = Schemas['TrendPoint'];
export type HandOver = Schemas['JoinOut'];
export type Felt = Schemas['FeltOut'];
export type SelfTestRecord = Schemas['SelfTestOut'];
export type SetEdit = Partial<Schemas['SetEdit']>;
export type NewPrescription = Partial<Schemas['PrescriptionIn']> & Pick<Schemas['PrescriptionIn'], 'exercise'>;

export type SetRecord = Omit<Schemas['SetOut'], 'reps'> & { reps: Rep[] };
export type Sensor = Omit<Schemas['SensorOut'], 'state' | 'open_set'> & { state: SensorState; open_set: SetRecord | null };
export type SensorStatus = Omit<Sensor, 'person' | 'open_set'>;

export type PhaseName = 'concentric' | 'hold' | 'eccentric' | 'rest';

export interface PhaseTime {
  seconds: number;
  /** One standard error. */
  uncertainty_s: number;
  target_s: number | null;
  error_s: number | null;
  error_percent: number | null;
  on_tempo: boolean | null;
}

export interface EccentricControl {
  ramp_distance: number | null;
  rate_ratio: number | null;
  sparc: number | null;
  impulse_n_s: number;
  ecc_con_ratio: number;
  score: number | null;
}

/** One rep of `SetScore.to_dict()`; times in seconds from the start of its set. */
export interface Rep {
  index?: number;
  concentric_start_s: number;
  concentric_end_s: number;
  eccentric_start_s: number;
  eccentric_end_s: number;
  peak_n: number;
  excursion_n: number;
  start_n?: number;
  faults: readonly string[];
  tempo: (Partial<Record<PhaseName, PhaseTime>> & { on_tempo: boolean | null; score: number | null }) | null;
  eccentric: EccentricControl | null;
  coverage?: number;
  /** Metric name to the reason why it is missing, in words. */
  absent?: Readonly<Record<string, string>>;
}

export interface Exercise {
  slug: string;
  name: string;
  kind: ExerciseKind;
  unilateral: boolean;
  sides: 'each' | 'together' | 'per_direction' | 'alternating';
  placement: readonly string[];
  sets: { lower: number; upper: number };
  dose: { unit: 'reps' | 'steps' | 'seconds'; lower: number; upper: number };
  tempo: string;
  steps: readonly string[];
  watch: string;
  muscles: readonly string[];
  band: 'loop' | 'pinned' | 'none';
  shows: readonly string[];
  hides: readonly string[];
  harder: string;
}

export interface SelfTest {
  slug: string;
  name: string;
  sides: readonly Side[];
  steps: readonly string[];
  question: string;
  hides: string;
}

export type LiveEvent =
  | { type: 'ping'; n: number }
  | { type: 'hello'; server_us: number; status: SensorStatus | null; open_set: SetRecord | null }
  | ({ type: 'status' } & SensorStatus)
  | { type: 'phase'; sensor: string; set_id: string | null; phase: PhaseName; at_us: number; provisional: boolean }
  | { type: 'rep'; sensor: string; set_id: string | null; index: number; started_us: number; rep: Rep; sentence: string }
  | { type: 'watch'; state: string; cue: string; at_us: number }
  | { type: 'set'; sensor: string; set_id: string; status: SetStatus; revision: number; reps: number };
