"""What the one-page report says, as plain values: the figures of a span, the last set, the trends."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.coaching.adherence import DayState, adherence
from analytics.coaching.calendar import DAYS_IN_WEEK, day_start_us, local_day, week_start
from dashboard.patient.calendar import days_with_a_set
from dashboard.prescribing.compliance import as_done, as_prescribed
from dashboard.prescribing.courses import RIG
from dashboard.reports.dossier import Dossier, dossier
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind
from tempoband.storage.records import compliance
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.scored import ScoredSet

_SET_DAYS = 30


@dataclass(frozen=True, slots=True)
class Dot:
    """One value of a trend; ``segment`` rises where band, placement or ring length changed."""

    day: date
    value: float
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The report's content.

    Attributes:
        first: first local day of the span; it ends with ``today``.
        week: week of the oldest prescription in force, None without one.
        days_kept: days that asked for work and got all or some of it, out of ``days_asked``.
        set_days: days with a set in the 30 days to today: a count, never an eligibility.
        last: the newest set with reps, else the newest one.
        control: eccentric control of the sets of the last set's exercise and side.
        tempo: share of reps on tempo, in per cent, of the same sets.
    """

    record: Dossier
    first: date
    today: date
    week: int | None
    days_kept: int
    days_asked: int
    set_days: int
    on_tempo_share: float | None
    worst_pain: int | None
    plans: Sequence[Prescription]
    last: ScoredSet | None
    tempo: Sequence[Dot]
    control: Sequence[Dot]
    pain: Sequence[Dot]


def summary(
    session: Session, clinic_id: str, person_id: str, *, weeks: int, now_us: int, simulated: bool = False
) -> Summary:
    """Everything of the last weeks, today included; ``simulated`` where everybody here is virtual.

    Raises:
        RecordsError: NOT_FOUND.
    """
    everything = dossier(session, clinic_id, person_id, start_us=0, end_us=now_us + 1, simulated=simulated)
    zone = everything.zone
    today = local_day(now_us, zone)
    first = week_start(today - timedelta(weeks=weeks - 1))
    start_us = day_start_us(min(first, today - timedelta(days=_SET_DAYS)), zone)
    rows = compliance.done(session, clinic_id, start_us=start_us, end_us=now_us + 1, person_id=person_id)
    plan = [as_prescribed(each, zone) for each in everything.plans]
    done = [as_done(row, everything.plans) for row in rows]
    kept = adherence(plan, done, first=first, last=today, today=today, zone=zone)
    states = Counter(day.state for day in kept.days)
    days_kept = states[DayState.DONE] + states[DayState.PARTLY]
    within = [each for each in everything.sets if local_day(each.set.started_us, zone) >= first]
    judged = [each.score for each in within if each.score and each.score.judged_reps]
    pains = [(local_day(r.at_us, zone), r.pain) for r in everything.reports if r.pain is not None]
    pain = [Dot(day, value) for day, value in pains if day >= first]
    last = _last(within)
    same = _same(within, last)
    reps = sum(score.judged_reps for score in judged)
    return Summary(
        record=everything,
        first=first,
        today=today,
        week=_week(everything.plans, today, zone),
        days_kept=days_kept,
        days_asked=days_kept + states[DayState.MISSED],
        set_days=days_with_a_set(rows, today, zone),
        on_tempo_share=sum(score.on_tempo_reps for score in judged) / reps if reps else None,
        worst_pain=max((round(dot.value) for dot in pain), default=None),
        plans=[each for each in everything.plans if each.valid_to_us is None],
        last=last,
        tempo=_dots(everything, same, _percent),
        control=_dots(everything, same, lambda each: each.score.eccentric_score if each.score else None),
        pain=pain,
    )


def weekly(dots: Iterable[Dot], middle: Callable[[list[float]], float] = median) -> list[Dot]:
    """The middle (or another figure) of each week and segment, on the week's Thursday."""
    found: dict[tuple[date, int], list[float]] = defaultdict(list)
    for dot in dots:
        found[week_start(dot.day), dot.segment].append(dot.value)
    return [
        Dot(monday + timedelta(days=3), middle(values), segment)
        for (monday, segment), values in sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    ]


def _percent(each: ScoredSet) -> float | None:
    share = each.score.on_tempo_share if each.score else None
    return None if share is None else 100 * share


def _week(plans: Sequence[Prescription], today: date, zone: ZoneInfo) -> int | None:
    lasting = {each.id for each in plans if each.valid_to_us is None}
    began = [local_day(each.valid_from_us, zone) for each in plans if each.id in lasting]
    return (today - min(began)).days // DAYS_IN_WEEK + 1 if began else None


def _last(sets: Sequence[ScoredSet]) -> ScoredSet | None:
    dynamic = [
        each
        for each in sets
        if each.score
        and each.score.reps
        and each.set.kind is ExerciseKind.DYNAMIC
        and each.set.exercise != UNKNOWN_EXERCISE
    ]
    found = dynamic or sets
    return found[-1] if found else None


def _same(sets: Sequence[ScoredSet], last: ScoredSet | None) -> list[ScoredSet]:
    """Sets of the last set's exercise and side."""
    if last is None:
        return []
    wanted = (last.set.exercise, last.set.side)
    return [each for each in sets if (each.set.exercise, each.set.side) == wanted]


def _dots(
    record: Dossier, sets: Sequence[ScoredSet], value: Callable[[ScoredSet], float | None]
) -> list[Dot]:
    dots: list[Dot] = []
    rig: tuple[object, ...] | None = None
    segment = 0
    for each in sets:
        plan = record.plan_of(each.set)
        now = tuple(getattr(plan, name) for name in RIG) if plan else ()
        segment += rig is not None and now != rig
        rig = now
        found = value(each)
        if found is not None:
            dots.append(Dot(local_day(each.set.started_us, record.zone), found, segment))
    return dots
