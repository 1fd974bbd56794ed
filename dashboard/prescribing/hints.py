"""Over-use and band wear of one prescription: weeks and sessions out of its sets, rules from coaching."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from analytics.coaching.calendar import DAYS_IN_WEEK, local_day, week_start
from analytics.coaching.hints import BandSession, Hint, WeekLoad, band_release, band_wear, over_use
from analytics.signal.result import Fault
from dashboard.prescribing.courses import Course
from tempoband.contracts.exercise import Side
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.records.scored import ScoredSet

_WEEKS = 6
_RELEASE_US = 14 * 86_400 * MICROSECONDS_PER_SECOND


def hints_of(course: Course) -> Iterator[Hint]:
    """What there is to look at: too often, too much at once, a band that gives way."""
    yield from over_use(_weeks(course))
    sides = list(Side) if course.plan.side is Side.BOTH else [course.plan.side]
    worn = [hint for side in sides if (hint := band_wear(_sessions(course, side)))]
    if worn:  # one band: the side that shows it most
        yield max(worn, key=lambda hint: hint.numbers["drop"])
    released = band_release(_releases(course))
    if released is not None:
        yield released


def _weeks(course: Course) -> list[WeekLoad]:
    """Finished local weeks that lie wholly under this rig; load is the tension over time on the way back."""
    this_week = week_start(local_day(course.now_us, course.zone))
    first_day = local_day(course.rig_since_us, course.zone)
    plan = course.plan
    asked = len(plan.weekdays) if plan.weekdays else plan.days_per_week or DAYS_IN_WEEK
    days: dict[date, set[date]] = defaultdict(set)
    load: dict[date, float] = defaultdict(float)
    for each in course.own:
        day = local_day(each.set.started_us, course.zone)
        days[week_start(day)].add(day)
        load[week_start(day)] += _load_n_s(each)
    mondays = [this_week - timedelta(weeks=back) for back in range(_WEEKS, 0, -1)]
    return [
        WeekLoad(monday, len(days[monday]), asked, load[monday]) for monday in mondays if monday >= first_day
    ]


def _load_n_s(each: ScoredSet) -> float:
    reps = each.score.reps if each.score else ()
    return sum((rep.get("eccentric") or {}).get("impulse_n_s") or 0.0 for rep in reps)


def _sessions(course: Course, side: Side) -> list[BandSession]:
    """Median excursion per local day on this band, of the reps that went through the whole range."""
    ranges: dict[date, list[float]] = defaultdict(list)
    for each in course.own:
        if each.set.started_us < course.rig_since_us or (each.set.side or Side.BOTH) is not side:
            continue
        for rep in each.score.reps if each.score else ():
            if Fault.PARTIAL_RANGE not in rep["faults"] and rep.get("excursion_n"):
                ranges[local_day(each.set.started_us, course.zone)].append(rep["excursion_n"])
    return [BandSession(day, median(found)) for day, found in ranges.items()]


def _releases(course: Course) -> int:
    return sum(
        Fault.BAND_RELEASE in rep["faults"]
        for each in course.own
        if each.set.started_us >= course.now_us - _RELEASE_US
        for rep in (each.score.reps if each.score else ())
    )
