"""What the API says and hears. Times are UTC microseconds, units stand in the names."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind, Side
from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.contracts.tempo import TEXT_ORDER
from tempoband.storage.records.words import Mode, Progression, SetOrder
from tempoband.words.catalogue import Language

# No control characters: PostgreSQL cannot store all of them, and nobody means them.
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")]
RowId = Slug
Placement = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
Count = Annotated[int, Field(ge=1, le=10_000)]


class Out(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True)


class In(BaseModel):
    """Base of what is sent: unknown fields are errors, a mistyped one must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Named(Out):
    """A person as lists show them."""

    id: str
    name: str


class Target(Out):
    """What a set aims at."""

    sets: int
    reps_lower: int | None
    reps_upper: int | None
    seconds: float | None
    steps: int | None


class SetOut(Out):
    """A set: open, just closed, or scored.

    ``reps`` and ``score`` are those of ``SetScore.to_dict()``; times in them are seconds from ``started_us``.
    ``lost_samples`` is null where the sensor cannot tell; ``hand_reps`` is what the wearer counted.
    ``direction`` is ``there`` or ``back`` for a walk that was split where it turned.
    """

    id: str
    sensor: str
    person: Named | None
    exercise: str
    exercise_name: str
    side: Side | None
    kind: ExerciseKind
    tempo: str | None
    tempo_order: str = TEXT_ORDER
    status: SetStatus
    close_reason: CloseReason | None
    started_us: int
    ended_us: int | None
    coverage: float | None
    lost_samples: int | None
    revision: int
    scoring_version: str
    prescription_id: str | None
    prescription_version: int | None
    set_number: int | None
    target: Target | None
    direction: str | None
    hand_reps: int | None
    reference_id: str | None
    reps: list[dict[str, Any]]
    score: dict[str, Any] | None
    sentence: str


class SetList(Out):
    """Sets, newest first."""

    sets: list[SetOut]


class NewSet(In):
    """What a person says before a set; what is not said comes from the prescription, then the catalogue.

    ``sensor`` may be left out for exercises without a band.
    """

    sensor: Slug | None = None
    person_id: RowId | None = None
    prescription_id: RowId | None = None
    exercise: Slug | None = None
    side: Side | None = None
    direction: Literal["there", "back"] | None = None
    tempo: Annotated[str, StringConstraints(max_length=64)] | None = None


class SetEdit(In):
    """What is corrected about a set; what is not mentioned stays, null takes it away."""

    person_id: RowId | None = None
    prescription_id: RowId | None = None
    exercise: Slug = UNKNOWN_EXERCISE
    side: Side = Side.BOTH
    tempo: Annotated[str, StringConstraints(max_length=64)] | None = None
    hand_reps: Annotated[int, Field(ge=0, le=10_000)] | None = None


class CurveOut(Out):
    """A stored curve; ``gaps`` are [start_s, end_s], all times from the start of the set."""

    time_s: list[float]
    tension_n: list[float]
    gaps: list[tuple[float, float]]


class SensorOut(Out):
    """A sensor: its link, its wearer, its open set."""

    sensor: str
    name: str
    bridge: str
    state: str
    detail: str
    at_us: int
    driver: str
    rate_hz: float | None
    clock: ClockKind | None
    loss: LossKnowledge | None
    lost_samples: int | None
    battery_percent: int | None
    battery_mv: int | None
    tared_at_us: int | None
    can_tare: bool
    ring_length_cm: float | None
    owned_elsewhere: bool
    simulated: bool
    person: Named | None
    open_set: SetOut | None


class CalibrationPointIn(In):
    """A calibration point: 0 with the sensor hanging free, then the newtons of a known weight."""

    load_n: Annotated[float, Field(ge=0, le=5000)]


class WearerIn(In):
    """Who wears a sensor from now on; null: nobody."""

    person_id: RowId | None


class PersonIn(In):
    """A new wearer."""

    name: Name


class WornOut(Out):
    """A sensor somebody wears, whether or not it can be reached now."""

    sensor: str
    name: str
    heard_us: int | None
    battery_percent: int | None


class LanguageIn(In):
    """In which language to write to somebody; None: nobody knows."""

    language: Language | None


class PersonOut(Out):
    """A wearer, the sensor they wear now, and what is prescribed to them now."""

    id: str
    name: str
    language: Language | None
    created_us: int
    archived: bool
    sensor: str | None
    worn: WornOut | None
    prescriptions: list["PrescriptionOut"]


class PrescriptionIn(In):
    """What is prescribed; exactly one of reps, seconds, steps. ``id`` revises that prescription."""

    id: RowId | None = None
    exercise: Slug
    side: Side = Side.BOTH
    sets: Annotated[int, Field(ge=1, le=100)] = 3
    reps_lower: Count | None = None
    reps_upper: Count | None = None
    seconds: float | None = None
    steps: Count | None = None
    tempo: Annotated[str, StringConstraints(max_length=64)] = "controlled"
    rest_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    days_per_week: int | None = None
    weekdays: tuple[int, ...] | None = None
    band_brand: Name | None = None
    band_label: Name | None = None
    placement: Placement | None = None
    ring_length_cm: Annotated[float, Field(gt=0, le=500)] | None = None
    mode: Mode = Mode.PRIMARY
    set_order: SetOrder = SetOrder.STRAIGHT
    pain_limit: int | None = None
    progression: Progression | None = None
    cue: Name | None = None


class ReferenceOfBand(Out):
    """A person's own full range, measured on exactly this band, placement and ring length."""

    side: Side
    excursion_n: float
    peak_n: float
    measured_us: int


class PrescriptionOut(Out):
    """One version of a prescription; ``ended_us`` is null while it is in force.

    ``conflicts`` names where it leaves what its mode is about. ``references`` are listed for one person's
    prescriptions only.
    """

    id: str
    version: int
    person_id: str
    exercise: str
    exercise_name: str
    kind: ExerciseKind
    side: Side
    mode: Mode
    set_order: SetOrder
    sets: int
    reps_lower: int | None
    reps_upper: int | None
    seconds: float | None
    steps: int | None
    tempo: str
    tempo_order: str = TEXT_ORDER
    rest_s: float | None
    days_per_week: int | None
    weekdays: list[int] | None
    band_brand: str | None
    band_label: str | None
    placement: str | None
    ring_length_cm: float | None
    pain_limit: int | None
    progression: Progression | None
    cue: str | None
    programme_id: str | None
    started_us: int
    ended_us: int | None
    conflicts: list[str]
    references: list[ReferenceOfBand]


class PrescriptionKept(Out):
    """A prescription over a span: done against prescribed. ``reason`` says why a number is missing."""

    prescription_id: str
    exercise: str
    exercise_name: str
    side: Side
    sets_done: int
    sets_prescribed: int
    tut_s: float
    tut_prescribed_s: float | None
    on_tempo_share: float | None
    reason: str


class PersonKept(Out):
    """A person over a span; shares are never clipped at 1."""

    person: Named
    prescriptions: list[PrescriptionKept]
    sets_done: int
    sets_prescribed: int
    tut_share: float | None
    on_tempo_share: float | None
    last_set_us: int | None


class ComplianceOut(Out):
    """Local days ``from_us`` to before ``to_us``; ``time_zone`` is the clinic's."""

    from_us: int
    to_us: int
    time_zone: str
    people: list[PersonKept]


class SelfReportIn(In):
    """Pain 0-10 (numeric rating scale), effort on Borg's CR10 (0 to 11, halves allowed); at least one."""

    set_id: RowId | None = None
    pain: Annotated[int, Field(ge=0, le=10)] | None = None
    effort_cr10: Annotated[float, Field(ge=0, le=11)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.pain is None and self.effort_cr10 is None:
            raise ValueError("say pain, effort or both")
        return self


class SelfReportOut(Out):
    """A self-report."""

    id: str
    person_id: str
    set_id: str | None
    pain: int | None
    effort_cr10: float | None
    at_us: int
    by: str


class PartOut(Out):
    """One part of the process."""

    ok: bool
    detail: str


class HealthOut(Out):
    """Whether everything runs."""

    status: str
    parts: dict[str, PartOut]


class InfoOut(Out):
    """What this program is."""

    version: str
    mode: str
    simulated: bool
    clinic: str
    time_zone: str
