"""Prescribed against done, per local day and week. Pure: no clock, no database.

Rules:
    * a set belongs to the local day on which it was *done*, however late it was uploaded;
    * only a day that was due and is over can be missed; rest days are not misses. With "n days a week" the
      person chooses the days: a day is due only when the days left in the week no longer suffice without it,
      so the misses of a finished week are exactly what the week fell short by;
    * a set is done at the lower bound of its range; a walk one step below it, because steps are counted from
      tension;
    * each exercise is dosed in its own unit: seconds under tension where its tempo prescribes them (somebody
      who does every rep in half the time delivers half the dose), else reps, steps or seconds; the dose of a
      session is the mean of the ratios of its exercises, and nothing is clipped at 100 %: over-doing is a
      finding too;
    * a changed prescription holds from the local day of the change; earlier days keep the earlier version.
      What was done under the version before, on that day or later (a home that had not heard of the change),
      is judged by the version it was done under.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from analytics.coaching.calendar import DAYS_IN_WEEK, days_between, local_day, week_start
from analytics.coaching.prescribed import DoneSet, Prescribed


class DayState(StrEnum):
    """What a day was, for one prescription or for the whole programme."""

    DONE = "done"
    PARTLY = "partly"
    MISSED = "missed"
    REST = "rest"  # nothing was due
    OPEN = "open"  # due, and not over yet


@dataclass(frozen=True, slots=True)
class Tally:
    """What was done against what was prescribed, in one unit, over some span."""

    sets_done: int = 0
    sets_partial: int = 0
    sets_prescribed: int = 0
    amount_done: float = 0.0
    amount_prescribed: float = 0.0
    tut_s: float = 0.0
    tut_prescribed_s: float | None = 0.0
    on_tempo: int = 0
    judged: int = 0

    @property
    def ratio(self) -> float | None:
        """Amount done over amount prescribed, never clipped; None where nothing was prescribed."""
        return self.amount_done / self.amount_prescribed if self.amount_prescribed else None

    @property
    def dose(self) -> float | None:
        """Dose delivered over dose prescribed in the exercise's own unit, never clipped.

        Seconds under tension where the tempo prescribes them (Riel et al. 2016 call total contraction time
        the dose), else ``ratio``.
        """
        return self.ratio if self.tut_prescribed_s is None else self.tut_share

    @property
    def tut_share(self) -> float | None:
        """Seconds under tension over those prescribed; None where the tempo prescribes none."""
        return self.tut_s / self.tut_prescribed_s if self.tut_prescribed_s else None

    @property
    def on_tempo_share(self) -> float | None:
        """Share of the judged reps that kept the tempo; None where none could be judged."""
        return self.on_tempo / self.judged if self.judged else None

    def __add__(self, other: "Tally") -> "Tally":
        a, b = self.tut_prescribed_s, other.tut_prescribed_s
        return Tally(
            self.sets_done + other.sets_done,
            self.sets_partial + other.sets_partial,
            self.sets_prescribed + other.sets_prescribed,
            self.amount_done + other.amount_done,
            self.amount_prescribed + other.amount_prescribed,
            self.tut_s + other.tut_s,
            None if a is None or b is None else a + b,
            self.on_tempo + other.on_tempo,
            self.judged + other.judged,
        )


@dataclass(frozen=True, slots=True)
class ExerciseDay:
    """One prescription on one local day."""

    state: DayState
    prescribed: Prescribed
    tally: Tally  # its prescribed part is the session's, on any day that was done or due

    @property
    def due(self) -> bool:
        """Whether the day asked for it (done early counts as asked)."""
        return self.state is not DayState.REST


@dataclass(frozen=True, slots=True)
class Day:
    """The whole programme on one local day."""

    day: date
    exercises: Mapping[str, ExerciseDay]  # by lineage

    @property
    def dose(self) -> float | None:
        """Mean of the ratios of the exercises that were done or due; None on a rest day."""
        ratios = [e.tally.dose for e in self.exercises.values() if e.due]
        return _mean(ratios)

    @property
    def state(self) -> DayState:
        """One word for the calendar."""
        states = {e.state for e in self.exercises.values() if e.due}
        if not states:
            return DayState.REST
        if states <= {DayState.DONE}:
            return DayState.DONE
        if states & {DayState.DONE, DayState.PARTLY}:
            return DayState.PARTLY
        return DayState.OPEN if DayState.OPEN in states else DayState.MISSED


@dataclass(frozen=True, slots=True)
class Adherence:
    """Adherence over a span of local days.

    Attributes:
        days: one per local day of the span.
        totals: per lineage: done against prescribed over the span.
        unprescribed: sets in the span that belong to no prescription (still work, never lost).
    """

    days: tuple[Day, ...]
    totals: Mapping[str, Tally]
    unprescribed: tuple[DoneSet, ...]

    @property
    def session_days(self) -> int:
        """Local days with any prescribed work done."""
        return sum(day.state in (DayState.DONE, DayState.PARTLY) for day in self.days)

    @property
    def missed(self) -> int:
        """Due days, over by now, on which nothing at all was done."""
        return sum(day.state is DayState.MISSED for day in self.days)

    @property
    def dose(self) -> float | None:
        """Mean over the prescriptions of their doses; None where nothing was prescribed."""
        return _mean([tally.dose for tally in self.totals.values()])


def adherence(
    prescribed: Sequence[Prescribed],
    done: Iterable[DoneSet],
    *,
    first: date,
    last: date,
    today: date,
    zone: ZoneInfo,
) -> Adherence:
    """Prescribed against done from ``first`` to ``last`` inclusive, in the wearer's own time zone.

    Give the sets of the whole local weeks that the span touches: with free days, what is due on a day
    depends on what was done earlier in its week. Today and later days are never missed.
    """
    by_day, unprescribed = _assign(prescribed, done, zone)
    states = _states(prescribed, by_day, first, last, today)
    days = tuple(Day(day, states.get(day, {})) for day in days_between(first, last))
    totals = {
        lineage: _total([p for p in prescribed if p.lineage == lineage], by_day, first, last)
        for lineage in dict.fromkeys(p.lineage for p in prescribed)
    }
    outside = tuple(s for s in unprescribed if first <= local_day(s.started_us, zone) <= last)
    return Adherence(days, totals, outside)


def _mean(ratios: Iterable[float | None]) -> float | None:
    known = [ratio for ratio in ratios if ratio is not None]
    return sum(known) / len(known) if known else None


_ByDay = dict[tuple[str, date], list[DoneSet]]


def _assign(
    prescribed: Sequence[Prescribed], done: Iterable[DoneSet], zone: ZoneInfo
) -> tuple[_ByDay, list[DoneSet]]:
    """Give each set to a lineage and a local day: by the id it names, else by its exercise."""
    lineage_of = {p.id: p.lineage for p in prescribed}
    by_day: _ByDay = defaultdict(list)
    left: list[DoneSet] = []
    for item in done:
        if item.amount <= 0:
            continue
        day = local_day(item.started_us, zone)
        lineage = lineage_of.get(item.prescription or "")
        if lineage is None and item.prescription is None:
            lineage = next(
                (p.lineage for p in prescribed if p.exercise == item.exercise and p.holds(day)), None
            )
        if lineage is None:
            left.append(item)
        else:
            by_day[lineage, day].append(item)
    return by_day, left


def _states(
    prescribed: Sequence[Prescribed], by_day: _ByDay, first: date, last: date, today: date
) -> dict[date, dict[str, ExerciseDay]]:
    states: dict[date, dict[str, ExerciseDay]] = defaultdict(dict)
    for lineage in dict.fromkeys(p.lineage for p in prescribed):
        versions = [p for p in prescribed if p.lineage == lineage]
        monday = week_start(first)
        while monday <= last:
            for day, state in _week(versions, by_day, monday, today).items():
                if first <= day <= last:
                    states[day][lineage] = state
            monday += timedelta(days=DAYS_IN_WEEK)
    return states


def _week(
    versions: Sequence[Prescribed], by_day: _ByDay, monday: date, today: date
) -> dict[date, ExerciseDay]:
    """States of one local week of one prescription."""
    days = [monday + timedelta(days=k) for k in range(DAYS_IN_WEEK)]
    held = [(day, p) for day in days for p in versions if p.holds(day)]
    needed = sum(p.counts(day) for day, p in held)
    states: dict[date, ExerciseDay] = {}
    for left, (day, p) in zip(range(len(held), 0, -1), held, strict=True):
        sets = by_day.get((p.lineage, day), [])
        due = day.weekday() in p.weekdays if p.weekdays else needed >= left
        under = _done_under(p, sets, versions)
        tally = _tally(under, sets, sessions=int(due or bool(sets)))
        states[day] = ExerciseDay(_state(tally, due=due, over=day < today), under, tally)
        if due or sets:  # done, or this day's miss: it can no longer be made up
            needed = max(0, needed - 1)
    return states


def _done_under(held: Prescribed, sets: Sequence[DoneSet], versions: Sequence[Prescribed]) -> Prescribed:
    """The version that judges a day: the one in force, unless every set of the day names earlier ones."""
    named = [item.prescription for item in sets if item.prescription is not None]
    if not named or held.id in named:
        return held
    return next((p for p in versions if p.id == named[-1]), held)


def _state(tally: Tally, *, due: bool, over: bool) -> DayState:
    if tally.amount_done > 0:
        return DayState.DONE if tally.sets_done >= tally.sets_prescribed else DayState.PARTLY
    if not due:
        return DayState.REST
    return DayState.MISSED if over else DayState.OPEN


def _tally(p: Prescribed, sets: Sequence[DoneSet], sessions: int) -> Tally:
    """One prescription's sets against ``sessions`` sessions of it.

    Where the seconds of one set cannot be known, those of the whole cannot either.
    """
    timed = p.tut_s is not None and all(s.tut_s is not None for s in sets)
    return Tally(
        sets_done=sum(s.amount >= p.done_from for s in sets),
        sets_partial=sum(s.amount < p.done_from for s in sets),
        sets_prescribed=sessions * p.sets,
        amount_done=sum(s.amount for s in sets),
        amount_prescribed=sessions * p.sets * p.dose.lower,
        tut_s=sum(s.tut_s or 0.0 for s in sets),
        tut_prescribed_s=sessions * p.sets * p.tut_s if timed and p.tut_s is not None else None,
        on_tempo=sum(s.on_tempo for s in sets),
        judged=sum(s.judged for s in sets),
    )


def _total(versions: Sequence[Prescribed], by_day: _ByDay, first: date, last: date) -> Tally:
    """One prescription over a span: each day under the version that held on it."""
    total = Tally()
    for day in days_between(first, last):
        held = next((p for p in versions if p.holds(day)), None)
        sets = by_day.get((versions[0].lineage, day), [])
        if held is not None:
            under = _done_under(held, sets, versions)
            total += _tally(under, sets, sessions=int(held.counts(day)))
        elif sets:  # done before it began or after it ended: work all the same, against nothing prescribed
            total += _tally(versions[-1], sets, sessions=0)
    return total
