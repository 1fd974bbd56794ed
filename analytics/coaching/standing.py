"""Where a person stands: this week and month against what was prescribed, and how well. Pure.

"This week" is the last seven local days, "this month" the last 28, ending with today where a set was done
today, else with yesterday: nobody is behind because the day is not over. Every seven days in a row hold
exactly the prescribed number of sessions, so the numbers do not depend on the day one looks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from analytics.coaching.adherence import Adherence, Tally, adherence
from analytics.coaching.calendar import DAYS_IN_WEEK, days_between, local_day, week_start
from analytics.coaching.exercise import DoseUnit
from analytics.coaching.hints import BandSession, WeekLoad
from analytics.coaching.prescribed import Prescribed
from analytics.coaching.work import Felt, WorkSet, Worn

WEEK_DAYS = DAYS_IN_WEEK
MONTH_DAYS = 28
TREND_WEEKS = 8
SEEN_DAYS = TREND_WEEKS * DAYS_IN_WEEK + DAYS_IN_WEEK
"""So many local days back, sets and reports matter."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One exercise over a week, in its own unit: ``under_tension`` (seconds), reps, steps or seconds."""

    exercise: str
    unit: str
    done: float
    prescribed: float
    dose: float | None


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
class PainSeen:
    """The worst pain of the week beside what is usual for this person."""

    worst: int
    at_us: int
    exercise: str | None
    usual: float | None
    latest_us: int


@dataclass(frozen=True, slots=True)
class RangeSeen:
    """The greatest loss of range of the week against the two weeks before it, on one rig."""

    drop: float
    exercise: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the rules and the caseload look at."""

    today: date
    zone: ZoneInfo
    prescribed: bool
    first_day: date | None
    last_set_us: int | None
    idle_days: int | None
    week: Kept
    month: Kept
    delivered: tuple[Delivered, ...]
    amount_share: float | None
    control_weeks: tuple[float | None, ...]
    back_s: float | None
    reps: int
    snap_backs: int
    releases: int
    pain: PainSeen | None
    effort: float | None
    lost_range: RangeSeen | None
    loads: tuple[WeekLoad, ...]
    bands: Mapping[str, tuple[BandSession, ...]]
    worn: Worn | None
    felt_us: int | None

    @property
    def control(self) -> float | None:
        """Eccentric control of this week."""
        return self.control_weeks[-1]

    @property
    def control_before(self) -> float | None:
        """Median of the weeks before."""
        return _median(self.control_weeks[:-1])


def stand(
    prescribed: Sequence[Prescribed],
    work: Sequence[WorkSet],
    felt: Sequence[Felt],
    worn: Worn | None,
    *,
    today: date,
    zone: ZoneInfo,
) -> Standing:
    """Where a person stands on a local day; give what was done and felt in the last ``SEEN_DAYS``."""
    days = _Days(prescribed, work, zone, today)
    week, month = days.kept(WEEK_DAYS), days.kept(MONTH_DAYS)
    recent = days.since(WEEK_DAYS)
    last_us = max((each.done.started_us for each in work), default=None)
    first_day = min((p.first_day for p in prescribed), default=None)
    totals = days.adherence(WEEK_DAYS).totals
    return Standing(
        today=today,
        zone=zone,
        prescribed=any(p.holds(today) for p in prescribed),
        first_day=first_day,
        last_set_us=last_us,
        idle_days=_idle_days(prescribed, last_us, today, zone),
        week=week,
        month=month,
        delivered=_delivered(prescribed, totals),
        amount_share=_mean([tally.ratio for tally in totals.values()]),
        control_weeks=days.control(),
        back_s=_median([each.back_s for each in recent]),
        reps=sum(each.reps for each in recent),
        snap_backs=sum(each.snap_backs for each in recent),
        releases=sum(each.releases for each in recent),
        pain=_pain(felt, week.first, zone),
        effort=_effort(felt, week.first, zone),
        lost_range=days.lost_range(),
        loads=days.loads(),
        bands=days.bands(),
        worn=worn,
        felt_us=max((each.at_us for each in felt), default=None),
    )


class _Days:
    """One person's work by local day, looked at in windows that end on the same day."""

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
        last = self.last - timedelta(days=back)
        window = days_between(last - timedelta(days=length - 1), last)
        return [each for day in window for each in self._by_day.get(day, ())]

    def control(self) -> tuple[float | None, ...]:
        """Median eccentric control of each week, oldest first."""
        weeks = range(TREND_WEEKS - 1, -1, -1)
        return tuple(_median([each.control for each in self.since(WEEK_DAYS, n * WEEK_DAYS)]) for n in weeks)

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


def _idle_days(
    prescribed: Sequence[Prescribed], last_us: int | None, today: date, zone: ZoneInfo
) -> int | None:
    """Whole local days since the last set (or since the first prescription) if any of them asked for work."""
    first_day = min((p.first_day for p in prescribed), default=None)
    since = first_day if last_us is None else local_day(last_us, zone)
    if since is None or not any(p.holds(today) for p in prescribed):
        return None
    gap = days_between(since + timedelta(days=1), today - timedelta(days=1))
    asked = any(p.counts(day) for day in gap for p in prescribed)
    return (today - since).days if asked else 0


def _delivered(prescribed: Sequence[Prescribed], totals: Mapping[str, Tally]) -> tuple[Delivered, ...]:
    newest = {p.lineage: p for p in sorted(prescribed, key=lambda each: each.first_day)}
    found = []
    for lineage, tally in totals.items():
        p = newest[lineage]
        if tally.tut_prescribed_s is not None and p.dose.unit is DoseUnit.REPS:
            unit, done, asked = "under_tension", tally.tut_s, tally.tut_prescribed_s
        else:
            unit, done, asked = str(p.dose.unit), tally.amount_done, tally.amount_prescribed
        if done or asked:
            found.append(Delivered(p.exercise, unit, round(done, 1), round(asked, 1), tally.dose))
    return tuple(found)


def _pain(felt: Sequence[Felt], first: date, zone: ZoneInfo) -> PainSeen | None:
    told = [each for each in felt if each.pain is not None]
    now = [each for each in told if _on(each, zone) >= first]
    if not now:
        return None
    start = first - timedelta(days=MONTH_DAYS)
    before = [float(each.pain or 0) for each in told if start <= _on(each, zone) < first]
    worst = max(now, key=lambda each: (each.pain or 0, each.at_us))
    usual = median(before) if len(before) > 2 else None
    return PainSeen(worst.pain or 0, worst.at_us, worst.exercise, usual, max(each.at_us for each in now))


def _effort(felt: Sequence[Felt], first: date, zone: ZoneInfo) -> float | None:
    return max((f.effort for f in felt if f.effort is not None and _on(f, zone) >= first), default=None)


def _on(felt: Felt, zone: ZoneInfo) -> date:
    return local_day(felt.at_us, zone)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
