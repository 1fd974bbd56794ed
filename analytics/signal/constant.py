"""Walks and push-outs: no reps, no tempo, only the tension that is kept."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.signal.core.jit import Floats
from analytics.signal.core.steady import above_floor, grid_of, steps_of
from analytics.signal.plan import SetPlan
from analytics.signal.result import ABSENCE_WORDS, Absence, Fault
from tempoband.contracts.exercise import ExerciseKind
from tempoband.words.said import Said, say

_STILL_CV = 0.15  # a start stance wavers less than this
_WORKING = 0.6  # of the median of the whole curve: standing before the stance pulls less
_STANCE_STEP = 10  # grid samples between the stretches that are looked at
_SLACK_S = 0.15  # a dip shorter than this is a tremor, not slack


def steady_summary(time: Floats, tension: Floats, plan: SetPlan) -> tuple[dict[str, Any], Said]:
    """The set part and the sentence of a walk or a push-out."""
    grid, hidden = grid_of(time, tension, plan.rate_hz)
    floor, reason = _floor(grid, plan)
    absent = _absent(plan.kind)
    walk = plan.kind is ExerciseKind.CONSTANT_TENSION
    summary: dict[str, Any] = {"rep_count": None, "floor_n": floor, "duration_s": len(grid) / 100}
    if floor is None:
        absent |= dict.fromkeys(("time_above_floor_s", "slack"), reason)
        summary["absent"] = {k: ABSENCE_WORDS[v] for k, v in absent.items() if v}
        return summary, say("set.no_stance", stance_s=plan.thresholds.stance_s)
    begin, end = _worked(grid, floor)
    above, events = above_floor(grid[begin:end], hidden[begin:end], floor, round(_SLACK_S * 100))
    known = max(int((end - begin) - hidden[begin:end].sum()), 1)
    first_s = float(time[0]) + begin / 100
    summary |= {
        "time_above_floor_s": above / 100,
        "share_above_floor": above / known,
        "time_under_tension_s": {"total": above / 100},
        "slack_events": [{"start_s": first_s + a / 100, "seconds": (b - a) / 100} for a, b in events],
        "faults": {str(Fault.SLACK): len(events)} if events else {},
    }
    if walk:
        steps, cadence = steps_of(grid)
        summary |= {"steps": steps, "cadence_steps_per_min": cadence}
    summary["absent"] = {k: ABSENCE_WORDS[v] for k, v in absent.items() if v}
    return summary, _said(events, above / known, walk=walk)


def _absent(kind: ExerciseKind) -> dict[str, Absence | None]:
    reason = Absence.CONSTANT_TENSION if kind is ExerciseKind.CONSTANT_TENSION else Absence.PUSH_OUT
    return dict.fromkeys(("reps", "tempo", "eccentric_control", "on_tempo_share"), reason)


def _floor(grid: Floats, plan: SetPlan) -> tuple[float | None, Absence | None]:
    """The told floor, or a share of the median of the first steady stance."""
    if plan.floor_n is not None:
        return plan.floor_n, None
    limits = plan.thresholds
    length = round(limits.stance_s * 100)
    if len(grid) < length:
        return None, Absence.NO_STANCE
    least = _WORKING * float(np.median(grid))
    for start in range(0, len(grid) - length + 1, _STANCE_STEP):
        stance = grid[start : start + length]
        middle = float(np.median(stance))
        if middle > max(least, 0.0) and float(np.std(stance)) <= _STILL_CV * middle:
            return limits.slack_floor * middle, None
    return None, Absence.NO_STANCE


def _worked(grid: Floats, floor: float) -> tuple[int, int]:
    """From the first to the last time above the floor: getting there and stepping out of it is no slack."""
    above = np.flatnonzero(grid >= floor)
    return (int(above[0]), int(above[-1]) + 1) if len(above) else (0, len(grid))


def _said(events: Sequence[tuple[int, int]], share: float, *, walk: bool) -> Said:
    if not events:
        return say("set.kept")
    return say("set.slack" if walk else "set.sank", times=say("times", n=len(events)), share=share)
