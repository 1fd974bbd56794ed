"""Where a person stands: this week and month against what was prescribed, and how well. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from analytics.coaching.adherence import Tally
from analytics.coaching.calendar import DAYS_IN_WEEK, days_between, local_day
from analytics.coaching.exercise import DoseUnit
from analytics.coaching.hints import BandSession, WeekLoad
from analytics.coaching.prescribed import Prescribed
from analytics.coaching.windows import (
    MONTH_DAYS,
    TREND_WEEKS,
    WEEK_DAYS,
    Kept,
    RangeSeen,
    WorkDays,
    median_known,
)
from analytics.coaching.work import Felt, WorkSet, Worn

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
class PainSeen:
    """The worst pain of the week beside what is usual for this person."""

    worst: int
    at_us: int
    exercise: str | None
    usual: float | None
    latest_us: int


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
        return median_known(self.control_weeks[:-1])


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
    days = WorkDays(prescribed, work, zone, today)
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
        back_s=median_known([each.back_s for each in recent]),
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


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
