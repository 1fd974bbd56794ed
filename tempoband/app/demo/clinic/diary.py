"""What a simulated patient does day by day: sessions, sets, and what they report. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tempoband.app.demo.clinic.cast import OVER_REPORTED, Habit, Patient, days_of_week
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.simulator.people import Pace
from tempoband.simulator.script import Fault

_SET_GAP_S = 45.0
_STOPPED_FOR_DAYS = 9
_SILENT_FOR_DAYS = 5
_ATTENDS = {
    Habit.LOOSE: 0.9,
    Habit.FEW_DAYS: 0.5,
    Habit.TOO_MUCH: 1.0,
    Habit.STOPPED: 0.7,
}
_USUAL_ATTENDANCE = 0.97
_EARLY_ATTENDANCE = 0.89  # with the sets cut short: 76 % of the reps
_EARLY_CUTS, _LATE_CUTS = 0.55, 0.03  # shares of sets that end before their last rep
_LEARNS_FROM, _LEARNS_UNTIL = 0.25, 0.56  # shares of the weeks: of eight, from the third to the fifth


@dataclass(frozen=True, slots=True)
class PlannedSet:
    """One set to act out.

    Attributes:
        version: of the prescription it is done under.
        reps: how many, or steps.
        after_s: from the beginning of the session.
        reach: share of the person's range; stiffness: share of the band's.
        told: whether they said what it was.
    """

    order: int
    version: int
    reps: int
    after_s: float
    faults: tuple[tuple[int, Fault], ...]
    reach: float
    stiffness: float
    pace: Pace
    seed: int
    told: bool


@dataclass(frozen=True, slots=True)
class Session:
    """One local day's work, and what was tapped after it; without sets only the diary says so."""

    day: date
    minute: int  # of the local day
    sets: tuple[PlannedSet, ...]
    pain: int | None
    effort: float | None


def sessions(patient: Patient, today: date) -> list[Session]:
    """Everything a patient did up to ``today``, oldest first."""
    rng = np.random.default_rng(patient.seed)
    first = today - timedelta(weeks=patient.weeks)
    return [
        _session(patient, today - timedelta(days=back), minute, back, rng)
        for back in range((today - first).days - 1, -1, -1)
        for minute in _hours(patient, today - timedelta(days=back), back, rng)
    ]


def skill(patient: Patient, back: int) -> float:
    """0 as people are without feedback, 1 what they come to; ``back`` days ago."""
    if patient.habit is Habit.HALF_DOSE:
        return 1.0  # nothing that was said has helped so far
    share = 1 - back / 7 / patient.weeks
    return float(np.clip((share - _LEARNS_FROM) / (_LEARNS_UNTIL - _LEARNS_FROM), 0.0, 1.0))


def pace(patient: Patient, back: int) -> Pace:
    """Between the pace of the first weeks and one's own."""
    share, own, early = skill(patient, back), patient.person.pace, patient.early
    names = ("concentric", "hold", "eccentric", "rest")
    return Pace(*(getattr(early, n) + share * (getattr(own, n) - getattr(early, n)) for n in names))


def _hours(patient: Patient, day: date, back: int, rng: np.random.Generator) -> Iterator[int]:
    """Minutes of the local day at which a session begins."""
    habit, wanted = patient.habit, days_of_week(patient.orders[0])
    late = _ATTENDS.get(habit, _USUAL_ATTENDANCE)
    share = skill(patient, back)
    attends = rng.random() < late * share + min(late, _EARLY_ATTENDANCE) * (1 - share)
    minute = int(rng.integers(7 * 60, 20 * 60))
    if habit is Habit.STOPPED and back < _STOPPED_FOR_DAYS:
        return
    if (habit is Habit.TOO_MUCH and back < 16) or (day.weekday() in wanted and attends):
        yield minute


def _session(patient: Patient, day: date, minute: int, back: int, rng: np.random.Generator) -> Session:
    habit = patient.habit
    pain, effort = _felt(patient, back, rng)
    orders = patient.orders_of(patient.version(back))
    only_told = habit is Habit.SILENT and back < _SILENT_FOR_DAYS
    sets: list[PlannedSet] = []
    after_s = 60.0
    for number, order in enumerate(orders):
        for nth in range(order.sets):
            last = nth == order.sets - 1
            sets.append(_set(patient, number, back, after_s, rng, last=last))
            after_s += 8.0 * order.amount + _SET_GAP_S
    return Session(day, minute, () if only_told else tuple(sets), pain, effort)


def _felt(patient: Patient, back: int, rng: np.random.Generator) -> tuple[int | None, float | None]:
    habit, eased = patient.habit, 1.5 * (1 - back / 7 / patient.weeks)
    pain = max(0, round(2.4 - eased + float(rng.normal(0, 0.5))))
    effort = float(rng.integers(6, 13)) / 2
    if habit is Habit.PAIN and back < 4:
        pain, effort = int(rng.integers(5, 7)), 7.0
    told = rng.random() < 0.8
    return (pain, effort) if told or habit in (Habit.PAIN, Habit.SILENT) else (None, None)


def _set(
    patient: Patient, number: int, back: int, after_s: float, rng: np.random.Generator, *, last: bool
) -> PlannedSet:
    version = patient.version(back)
    order = patient.orders_of(version)[number]
    habit, weeks_ago = patient.habit, back / 7
    faults = _faults(patient, order.amount, back, rng, last=last)
    cut = rng.random() < _LATE_CUTS + (_EARLY_CUTS - _LATE_CUTS) * (1 - skill(patient, back))
    share = float(rng.uniform(0.6, 0.95)) if cut and habit is not Habit.HALF_DOSE else 1.0
    return PlannedSet(
        order=number,
        version=version,
        reps=order.amount if order.kind is not ExerciseKind.DYNAMIC else max(4, round(share * order.amount)),
        after_s=after_s,
        faults=faults,
        reach=_reach(habit, back, order.side),
        stiffness=0.82 + 0.18 * weeks_ago / patient.weeks if habit is Habit.WORN_BAND else 1.0,
        pace=pace(patient, back),
        seed=int(rng.integers(2**31)),
        told=not (habit is Habit.FORGETS and back < 5 and last),
    )


def _faults(
    patient: Patient, amount: int, back: int, rng: np.random.Generator, *, last: bool
) -> tuple[tuple[int, Fault], ...]:
    habit = patient.habit
    often = 0.4 if habit is Habit.SNAPS and back < 7 else 0.01 + 0.05 * (1 - skill(patient, back))
    if habit is Habit.SLIPS and back == 1 and last:
        return ((amount - 2, Fault.BAND_RELEASE),)
    return tuple((rep, Fault.SNAP_BACK) for rep in range(1, amount) if rng.random() < often)


def _reach(habit: Habit, back: int, side: Side) -> float:
    if habit is Habit.SHRINKS and back < 7:
        return 0.74
    return 0.8 if habit is Habit.ONE_SIDED and side is Side.RIGHT else 1.0


def over_reported(patient: Patient, done: Sequence[Session]) -> list[date]:
    """Days that only the diary knows: a quarter as many as there were days with work."""
    rng = np.random.default_rng([patient.seed, 1])
    days = {each.day for each in done if each.sets}
    if not days:
        return []
    first, last = min(days), max(days)
    free = [first + timedelta(n) for n in range((last - first).days) if first + timedelta(n) not in days]
    wanted = min(len(free), round(OVER_REPORTED * len(days)))
    return sorted(free[int(k)] for k in rng.choice(len(free), wanted, replace=False)) if wanted else []
