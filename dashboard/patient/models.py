"""What the patient page's routes say and hear."""

from typing import Annotated

from pydantic import Field, StringConstraints

from analytics.coaching.adherence import DayState
from dashboard.models import In, Out, RowId
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.contracts.frame import EARLIEST_US, LATEST_US

# Lines and tabs are welcome in a note, other control characters are not.
Prose = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
    ),
]


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
