"""What the routes of sets say and hear: sets, curves, references, reports, guesses."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from dashboard.models import In, Named, Out, RowId, Slug
from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind, Side
from tempoband.contracts.tempo import TEXT_ORDER

FiniteNewtons = Annotated[float, Field(gt=0, le=10_000)]


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


class NewReference(In):
    """Make a set of practice reps, or the start stance of a walk, the reference of its rig.

    ``floor_n`` sets the floor of a walk or push-out by hand.
    """

    set_id: RowId
    floor_n: FiniteNewtons | None = None


class ReferenceOut(Out):
    """A person's full range on one rig; ``breaks`` says why curves before it are not comparable."""

    id: str
    person_id: str
    exercise: str
    exercise_name: str
    kind: ExerciseKind
    side: Side
    excursion_n: float
    peak_n: float
    floor_n: float | None
    measured_us: int
    sensor: str | None
    band_brand: str | None
    band_label: str | None
    placement: str | None
    ring_length_cm: float | None
    breaks: str


class FeltIn(In):
    """A guess: how long the way back took in a set without guide and curve."""

    set_id: RowId
    guess_s: Annotated[float, Field(ge=0, le=60)]


class FeltOut(Out):
    """A guess beside what was measured and what was prescribed."""

    id: str
    set_id: str
    guess_s: float
    measured_s: float
    prescribed_s: float | None
    at_us: int
