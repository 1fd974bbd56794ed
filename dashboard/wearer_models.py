"""What the wearer's routes say and hear: references, trends, guesses, self-tests."""

from typing import Annotated

from pydantic import Field, StringConstraints

from dashboard.models import In, Out, RowId
from tempoband.contracts.exercise import ExerciseKind, Side

FiniteNewtons = Annotated[float, Field(gt=0, le=10_000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


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


class TrendPoint(Out):
    """One set of a trend; a number that was not measured is null.

    ``segment`` rises where curves stop being comparable: another band, placement, ring length or reference.
    ``tempo_error_s`` is the mean over the reps of what their phases were off, seconds a rep, summed.
    """

    set_id: str
    started_us: int
    segment: int
    breaks: str
    tempo: str | None
    reps: int | None
    tut_s: float | None
    tempo_error_s: float | None
    on_tempo_share: float | None
    eccentric_control: float | None
    end_tension_n: float | None
    excursion_n: float | None
    effort_cr10: float | None
    pain: int | None


class RangeDifference(Out):
    """Left against right of one exercise, same band and placement: a difference of range, not of strength."""

    si_percent: float
    detectable_percent: float | None
    flagged: bool
    sentence: str


class Trend(Out):
    """One exercise and side of a person, oldest set first."""

    exercise: str
    exercise_name: str
    kind: ExerciseKind
    side: Side
    points: list[TrendPoint]
    range_difference: RangeDifference | None


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


class SelfTestIn(In):
    """What was answered; yes or no for every side the test has."""

    test: Annotated[str, StringConstraints(max_length=64)]
    passed: dict[Side, bool]
    note: Words = ""


class SelfTestOut(Out):
    """A self-test as it was answered, with what it may mean: a record by hand, never measured."""

    id: str
    test: str
    name: str
    passed: dict[str, bool]
    note: str
    at_us: int
    sentence: str
