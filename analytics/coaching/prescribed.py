"""What was prescribed and what was done, as far as adherence needs them."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from analytics.coaching.calendar import DAYS_IN_WEEK, local_day
from analytics.coaching.exercise import Dose, DoseUnit

_NEVER = date.max
STEPS_MISSED = 1
"""Steps of a walk are counted from tension, which does not show each one where the walk begins or turns."""


@dataclass(frozen=True, slots=True)
class Prescribed:
    """One version of one prescription.

    Attributes:
        id: the version's own id; sets name it.
        lineage: the same for every version of one prescription.
        exercise: slug.
        sets: recorded sets per session, both sides together (3 sets a side are 6).
        dose: amount per recorded set.
        tut_s: prescribed seconds of tension per recorded set, None where the tempo gives none.
        days_per_week: 1 to 7, on days of the person's own choice; ignored where ``weekdays`` are given.
        weekdays: fixed days, 0 = Monday; empty for free choice.
        first_day: first local day of this version.
        last_day: last local day, None while it runs.
    """

    id: str
    lineage: str
    exercise: str
    sets: int
    dose: Dose
    tut_s: float | None
    days_per_week: int
    first_day: date
    last_day: date | None = None
    weekdays: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.sets < 1 or not 1 <= self.days_per_week <= DAYS_IN_WEEK:
            raise ValueError(f"{self.sets} sets on {self.days_per_week} days a week")
        if not self.weekdays <= set(range(DAYS_IN_WEEK)):
            raise ValueError(f"weekdays {sorted(self.weekdays)}: 0 (Monday) to 6 (Sunday)")

    @property
    def done_from(self) -> int:
        """The amount from which a set is done: the lower bound, less what tension cannot count for sure."""
        return self.dose.lower - (STEPS_MISSED if self.dose.unit is DoseUnit.STEPS else 0)

    def holds(self, day: date) -> bool:
        """Whether this version is the one in force on that day."""
        return self.first_day <= day <= (self.last_day or _NEVER)

    def counts(self, day: date) -> bool:
        """Whether the day adds a session to what is prescribed.

        Free days are spread evenly over the week, so that every seven days in a row hold exactly
        ``days_per_week`` of them, wherever a window or a version begins.
        """
        if not self.holds(day):
            return False
        if self.weekdays:
            return day.weekday() in self.weekdays
        k = day.weekday()
        return (k + 1) * self.days_per_week // DAYS_IN_WEEK > k * self.days_per_week // DAYS_IN_WEEK


@dataclass(frozen=True, slots=True)
class DoneSet:
    """A set as far as adherence needs it.

    Attributes:
        prescription: id of the version it was done under, None if none was named.
        exercise: slug.
        started_us: UTC microseconds at which it was *done*.
        amount: reps, steps or seconds, in the unit of its exercise.
        tut_s: seconds of tension, None where not measurable.
        on_tempo: reps (or phases) on tempo, out of ``judged``; both 0 where tempo cannot be judged.
        judged: how many could be judged.
    """

    prescription: str | None
    exercise: str
    started_us: int
    amount: float
    tut_s: float | None = None
    on_tempo: int = 0
    judged: int = 0


def prescribed_tut_s(dose: Dose, rep_tut_s: float | None) -> float | None:
    """Seconds of tension one set prescribes at its lower bound; None where the tempo gives no seconds."""
    if dose.unit is DoseUnit.SECONDS:
        return float(dose.lower)
    if dose.unit is DoseUnit.REPS and rep_tut_s is not None:
        return dose.lower * rep_tut_s
    return None


def days_in_force(from_us: int, until_us: int | None, zone: ZoneInfo) -> tuple[date, date | None]:
    """First and last local day of a version: from the day of the change to the day before its end.

    A version replaced on the day it was written holds on no day (the last then lies before the first).
    """
    last = None if until_us is None else local_day(until_us, zone) - timedelta(days=1)
    return local_day(from_us, zone), last
