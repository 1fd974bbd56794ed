/** What the server says, as its OpenAPI document names it. Times are UTC microseconds unless the name says otherwise. */

export interface Named {
  id: string;
  name: string;
}

export interface Info {
  version: string;
  mode: string;
  simulated: boolean;
  clinic: string;
}

export type SensorState = 'searching' | 'connecting' | 'streaming' | 'idle' | 'lost' | 'taken' | 'asleep' | 'offline';
export type LossKnowledge = 'exact' | 'estimated' | 'unknown';

export interface SensorStatus {
  sensor: string;
  name: string;
  bridge: string;
  state: SensorState;
  detail: string;
  rate_hz: number | null;
  clock: 'device' | 'arrival' | null;
  loss: LossKnowledge | null;
  lost_samples: number | null;
  battery_percent: number | null;
  battery_mv: number | null;
  tared_at_us: number | null;
  can_tare: boolean;
  simulated: boolean;
}

export interface Sensor extends SensorStatus {
  person: Named | null;
  open_set: SetRecord | null;
}

export type BridgeProblem = 'no_adapter' | 'adapter_off' | 'permission_denied' | 'scan_failed';

export interface BridgeStatus {
  bridge: string;
  online: boolean;
  at_us: number;
  problem: BridgeProblem | null;
  detail: string;
  simulated: boolean;
}

export interface CommandResult {
  ok: boolean;
  reason: string;
  message: string;
}

export type Side = 'left' | 'right' | 'both';
export type ExerciseKind = 'dynamic' | 'constant_tension' | 'push_out' | 'by_hand';
export type SetStatus = 'open' | 'provisional' | 'final' | 'incomplete' | 'discarded';
export type CloseReason = 'target' | 'hand' | 'idle' | 'sensor_lost' | 'replaced';

export interface Target {
  reps_lower: number | null;
  reps_upper: number | null;
  sets: number | null;
  seconds: number | null;
  steps?: number | null;
}

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

export interface SetRecord {
  id: string;
  sensor: string;
  person: Named | null;
  exercise: string;
  exercise_name: string;
  side: Side | null;
  kind: ExerciseKind | null;
  tempo: string | null;
  tempo_order: string;
  status: SetStatus;
  close_reason: CloseReason | null;
  started_us: number;
  ended_us: number | null;
  coverage: number | null;
  lost_samples: number | null;
  revision: number;
  scoring_version: string;
  prescription_id: string | null;
  set_number: number | null;
  target: Target | null;
  reps: Rep[];
  score: Record<string, unknown> | null;
  sentence: string;
}

export interface Curve {
  time_s: number[];
  tension_n: (number | null)[];
  gaps: readonly [number, number][];
}

export interface Exercise {
  slug: string;
  name: string;
  kind: ExerciseKind;
  unilateral: boolean;
  placement: readonly string[];
  sets: { lower: number; upper: number };
  dose: { unit: 'reps' | 'steps' | 'seconds'; lower: number; upper: number };
  tempo: string;
  steps: readonly string[];
  watch: string;
}

export interface Prescription {
  id: string;
  person_id: string;
  exercise: string;
  exercise_name: string;
  kind: ExerciseKind;
  side: Side;
  tempo: string;
  sets: number;
  reps_lower: number | null;
  reps_upper: number | null;
  seconds: number | null;
  steps: number | null;
  days_per_week: number | null;
  weekdays: readonly number[] | null;
  version: number;
  ended_us: number | null;
}

export interface Person extends Named {
  prescriptions: Prescription[];
  sensor: string | null;
}

export interface PrescriptionKept {
  exercise_name: string;
  sets_done: number;
  sets_prescribed: number;
  tut_s: number;
  tut_prescribed_s: number | null;
  on_tempo_share: number | null;
  reason: string;
}

export interface PersonKept {
  person: Named;
  prescriptions: PrescriptionKept[];
  sets_done: number;
  sets_prescribed: number;
  tut_share: number | null;
  on_tempo_share: number | null;
  last_set_us: number | null;
}

export interface Compliance {
  from_us: number;
  to_us: number;
  people: PersonKept[];
}

export type PhaseName = 'concentric' | 'hold' | 'eccentric' | 'rest';

export type LiveEvent =
  | { type: 'ping'; n: number }
  | { type: 'hello'; server_us: number; status: SensorStatus | null; open_set: SetRecord | null }
  | ({ type: 'status' } & SensorStatus)
  | { type: 'phase'; sensor: string; set_id: string | null; phase: PhaseName; at_us: number; provisional: boolean }
  | { type: 'rep'; sensor: string; set_id: string | null; index: number; rep: Rep; sentence: string }
  | { type: 'set'; sensor: string; set_id: string; status: SetStatus; revision: number; reps: number };
