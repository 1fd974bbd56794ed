"""A person's work by local day, looked at in windows that end on the same day. Pure.

"This week" is the last seven local days, "this month" the last 28, ending with today where a set was done
today, else with yesterday: nobody is behind because the day is not over. Every seven days in a row hold
exactly the prescribed number of sessions, so the numbers do not depend on the day one looks.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from analytics.coaching.adherence import Adherence, Tally, adherence
from analytics.coaching.calendar import DAYS_IN_WEEK, days_between, local_day, week_start
from analytics.coaching.hints import BandSession, WeekLoad
from analytics.coaching.prescribed import Prescribed
from analytics.coaching.work import WorkSet

WEEK_DAYS = DAYS_IN_WEEK


MONTH_DAYS = 28


TREND_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """A span of local days against what was prescribed for it.

    Attributes:
        first: first day.
        last: last day.
        days_done: local days with prescribed work.
        days_prescribed: local days that asked for work.
        dose: mean of the exercises' doses, never clipped; None where nothing was prescribed.
        on_tempo_share: of the reps that could be judged.
    """

    first: date
    last: date
    days_done: int
    days_prescribed: int
    dose: float | None
    on_tempo_share: float | None


@dataclass(frozen=True, slots=True)
class RangeSeen:
    """The greatest loss of range of the week against the two weeks before it, on one rig."""

    drop: float
    exercise: str


class WorkDays:
    """One person's work against what was prescribed to them; ``last`` is the day the windows end with."""

    def __init__(
        self, prescribed: Sequence[Prescribed], work: Sequence[WorkSet], zone: ZoneInfo, today: date
    ) -> None:
        self._prescribed, self._work, self._zone, self._today = prescribed, work, zone, today
        self._by_day: dict[date, list[WorkSet]] = defaultdict(list)
        for each in work:
            self._by_day[local_day(each.done.started_us, zone)].append(each)
        self.last = today if today in self._by_day else today - timedelta(days=1)

    def adherence(self, length: int, back: int = 0) -> Adherence:
        """Of ``length`` days, ``back`` days before the newest window."""
        last = self.last - timedelta(days=back)
        first = last - timedelta(days=length - 1)
        # With free days, what is due depends on the whole week.
        near = [
            each.done for day in days_between(week_start(first), last) for each in self._by_day.get(day, ())
        ]
        return adherence(self._prescribed, near, first=first, last=last, today=self._today, zone=self._zone)

    def kept(self, length: int, back: int = 0) -> Kept:
        """The same window as a span against what was prescribed for it."""
        found = self.adherence(length, back)
        first, last = found.days[0].day, found.days[-1].day
        return Kept(
            first,
            last,
            found.session_days,
            prescribed_days(self._prescribed, first, last),
            found.dose,
            sum(found.totals.values(), Tally()).on_tempo_share,
        )

    def since(self, length: int, back: int = 0) -> list[WorkSet]:
        """The sets of a window."""
        last = self.last - timedelta(days=back)
        window = days_between(last - timedelta(days=length - 1), last)
        return [each for day in window for each in self._by_day.get(day, ())]

    def control(self) -> tuple[float | None, ...]:
        """Median eccentric control of each week, oldest first."""
        weeks = range(TREND_WEEKS - 1, -1, -1)
        return tuple(
            median_known([each.control for each in self.since(WEEK_DAYS, n * WEEK_DAYS)]) for n in weeks
        )

    def loads(self) -> tuple[WeekLoad, ...]:
        """The last four weeks, oldest first."""
        found = []
        for n in range(MONTH_DAYS // WEEK_DAYS - 1, -1, -1):
            kept = self.kept(WEEK_DAYS, n * WEEK_DAYS)
            load_n_s = sum(each.load_n_s for each in self.since(WEEK_DAYS, n * WEEK_DAYS))
            found.append(WeekLoad(kept.first, kept.days_done, kept.days_prescribed, load_n_s))
        return tuple(found)

    def bands(self) -> dict[str, tuple[BandSession, ...]]:
        """Ranges by rig, one session a day, oldest first."""
        ranges: dict[str, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
        for day in sorted(self._by_day):
            for each in self._by_day[day]:
                if each.range_n is not None:
                    ranges[each.rig][day].append(each.range_n)
        return {
            rig: tuple(BandSession(day, median(values)) for day, values in by_day.items())
            for rig, by_day in ranges.items()
        }

    def lost_range(self) -> RangeSeen | None:
        """The rig whose range fell most from the two weeks before to this week; two sessions in each."""
        first = self.last - timedelta(days=WEEK_DAYS - 1)
        found: list[RangeSeen] = []
        for rig, sessions in self.bands().items():
            now = [s.range_n for s in sessions if s.day >= first]
            before = [s.range_n for s in sessions if first - timedelta(days=2 * WEEK_DAYS) <= s.day < first]
            if len(now) > 1 and len(before) > 1 and median(before) > 0:
                found.append(RangeSeen(1 - median(now) / median(before), rig.partition("|")[0]))
        return max(found, key=lambda each: each.drop, default=None)


def prescribed_days(prescribed: Sequence[Prescribed], first: date, last: date) -> int:
    """Local days that ask for work: fixed ones together, free ones done on days that are used anyway."""
    days = list(days_between(first, last))
    fixed = {day for day in days for p in prescribed if p.weekdays and p.counts(day)}
    free: dict[str, int] = defaultdict(int)
    for p in prescribed:
        if not p.weekdays:
            free[p.lineage] += sum(p.counts(day) for day in days)
    return max(len(fixed), max(free.values(), default=0))


def median_known(values: Iterable[float | None]) -> float | None:
    """Median of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return median(known) if known else None
