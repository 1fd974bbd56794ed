"""What the routes of one person say and hear: the person, their month, notes, trends, self-tests."""

from typing import Annotated

from pydantic import Field, StringConstraints

from analytics.coaching.adherence import DayState
from dashboard.models import PROSE, In, Name, Out, RowId
from dashboard.prescribing.models import PrescriptionOut
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.contracts.frame import EARLIEST_US, LATEST_US
from tempoband.words.catalogue import Language

Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=PROSE),
]


Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class DayExercise(Out):
    """One prescription on one local day; ``ratio`` is done over prescribed in its own unit, never clipped."""

    prescription_id: str
    version: int
    exercise: str
    exercise_name: str
    state: DayState
    sets_done: int
    sets_partial: int
    sets_prescribed: int
    ratio: float | None


class DaySetOut(Out):
    """A set of a day, as the calendar lists it."""

    id: str
    exercise: str
    exercise_name: str
    kind: ExerciseKind
    side: Side | None
    started_us: int
    reps: int | None
    prescription_id: str | None


class CalendarDay(Out):
    """One local day: ``rest`` is a day that asked for nothing, ``open`` one that is due and not over.

    ``unprescribed`` counts sets that belong to no prescription: work all the same.
    """

    day: str
    state: DayState
    dose: float | None
    exercises: list[DayExercise]
    sets: list[DaySetOut]
    unprescribed: int


class CalendarOut(Out):
    """A month of local days, and what the last four weeks came to.

    Attributes:
        month: ``2026-11``.
        days_kept: of the 28 days to today, those that asked for work and got all or some of it.
        days_asked: of the 28 days to today, those that asked for work and are over, or got it today.
        days_reported: of the 28 days to today, those on which they reported pain or effort.
        days_worked: of the same 28 days, those with a set.
        days_with_a_set: of the rolling 30 days to today, those with a set. A count, never an eligibility.
        week: week of the oldest prescription in force, the first being 1; null without one.
        free_days: days a week that the person chooses themselves, the most of the prescriptions in force;
            null where every prescription names its weekdays. No day to come is planned for them.
    """

    month: str
    time_zone: str
    today: str
    days: list[CalendarDay]
    days_kept: int
    days_asked: int
    days_reported: int
    days_worked: int
    days_with_a_set: int
    week: int | None
    free_days: int | None


class NoteIn(In):
    """A note about a person; with ``set_id`` about a set, with ``about_us`` about one moment of it."""

    body: Prose
    set_id: RowId | None = None
    about_us: Annotated[int, Field(ge=EARLIEST_US, le=LATEST_US)] | None = None


class NoteOut(Out):
    """A note of the physio's file."""

    id: str
    person_id: str
    body: str
    written_us: int
    by: str
    set_id: str | None
    about_us: int | None


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
    prescriptions: list[PrescriptionOut]


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
