"""What a simulated patient does day by day: sessions, sets, and what they report. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tempoband.app.clinic_demo.cast import OVER_REPORTED, Habit, Patient
from tempoband.simulator.script import Fault

_SET_GAP_S = 45.0
_STOPPED_FOR_DAYS = 9
_SILENT_FOR_DAYS = 5
_ATTENDS = {
    Habit.LOOSE: 0.88,
    Habit.FEW_DAYS: 0.5,
    Habit.TOO_MUCH: 1.0,
    Habit.STOPPED: 0.7,
}
_USUAL_ATTENDANCE = 0.97
_QUICKER_PRACTICE = 0.06  # of the pace, that people come nearer to the plan over the weeks


@dataclass(frozen=True, slots=True)
class PlannedSet:
    """One set to act out.

    Attributes:
        after_s: from the beginning of the session.
        reach: share of the person's range; stiffness: share of the band's.
    """

    order: int
    after_s: float
    faults: tuple[tuple[int, Fault], ...]
    reach: float
    stiffness: float
    pace: float
    seed: int


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


def _hours(patient: Patient, day: date, back: int, rng: np.random.Generator) -> Iterator[int]:
    """Minutes of the local day at which a session begins."""
    habit, wanted = patient.habit, _days_of_week(patient.orders[0].days)
    attends = rng.random() < _ATTENDS.get(habit, _USUAL_ATTENDANCE)
    minute = int(rng.integers(7 * 60, 20 * 60))
    if habit is Habit.STOPPED and back < _STOPPED_FOR_DAYS:
        return
    if (habit is Habit.TOO_MUCH and back < 16) or (day.weekday() in wanted and attends):
        yield minute


def _days_of_week(days: int) -> tuple[int, ...]:
    return {3: (0, 2, 4), 4: (0, 2, 4, 6), 5: (0, 1, 3, 4, 6)}.get(days, tuple(range(7)))


def _session(patient: Patient, day: date, minute: int, back: int, rng: np.random.Generator) -> Session:
    habit = patient.habit
    pain, effort = _felt(habit, back, rng)
    only_told = habit is Habit.SILENT and back < _SILENT_FOR_DAYS
    sets: list[PlannedSet] = []
    after_s = 60.0
    for number, order in enumerate(patient.orders):
        for nth in range(order.sets):
            last = nth == order.sets - 1
            sets.append(_set(patient, number, back, after_s, rng, last=last))
            after_s += 8.0 * order.amount + _SET_GAP_S
    return Session(day, minute, () if only_told else tuple(sets), pain, effort)


def _felt(habit: Habit, back: int, rng: np.random.Generator) -> tuple[int | None, float | None]:
    pain = int(rng.integers(1, 3))
    effort = float(rng.integers(6, 13)) / 2
    if habit is Habit.PAIN and back < 4:
        pain, effort = int(rng.integers(5, 7)), 7.0
    told = rng.random() < 0.8
    return (pain, effort) if told or habit in (Habit.PAIN, Habit.SILENT) else (None, None)


def _set(
    patient: Patient, number: int, back: int, after_s: float, rng: np.random.Generator, *, last: bool
) -> PlannedSet:
    order = patient.orders[number]
    habit = patient.habit
    weeks_ago = back / 7
    faults = {
        rep: Fault.SNAP_BACK
        for rep in range(1, order.amount)
        if rng.random() < (0.4 if habit is Habit.SNAPS and weeks_ago < 1 else 0.01)
    }
    if habit is Habit.SLIPS and back == 1 and last:
        faults = {order.amount - 2: Fault.BAND_RELEASE}
    reach = 0.74 if habit is Habit.SHRINKS and back < 7 else 1.0
    stiffness = 0.82 + 0.18 * weeks_ago / patient.weeks if habit is Habit.WORN_BAND else 1.0
    begun = 1.0 - weeks_ago / patient.weeks
    pace = 1.0 if habit is Habit.HALF_DOSE else 1.0 - _QUICKER_PRACTICE * (1 - begun)
    seed = int(rng.integers(2**31))
    return PlannedSet(number, after_s, tuple(faults.items()), reach, stiffness, pace, seed)


def over_reported(patient: Patient, done: list[Session]) -> list[date]:
    """Days that only the diary knows: a quarter as many as there were days with work."""
    rng = np.random.default_rng([patient.seed, 1])
    days = {each.day for each in done if each.sets}
    if not days:
        return []
    first, last = min(days), max(days)
    free = [first + timedelta(n) for n in range((last - first).days) if first + timedelta(n) not in days]
    wanted = min(len(free), round(OVER_REPORTED * len(days)))
    return sorted(free[int(k)] for k in rng.choice(len(free), wanted, replace=False)) if wanted else []
