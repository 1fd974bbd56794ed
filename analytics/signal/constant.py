"""Walks and push-outs: no reps, no tempo, only the tension that is kept."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.signal.core.jit import GRID_HZ, Floats
from analytics.signal.core.steady import Piece, above_floor, pieces_of, steps_of
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
    pieces = pieces_of(time, tension, plan.rate_hz)
    floor, reason = _floor(pieces, plan)
    absent = _absent(plan.kind)
    duration_s = sum(len(piece.values) for piece in pieces) / GRID_HZ
    summary: dict[str, Any] = {"rep_count": None, "floor_n": floor, "duration_s": duration_s}
    if floor is None:
        absent |= dict.fromkeys(("time_above_floor_s", "slack"), reason)
        summary["absent"] = {k: ABSENCE_WORDS[v] for k, v in absent.items() if v}
        return summary, say("set.no_stance", stance_s=plan.thresholds.stance_s)
    kept = _above(_worked(pieces, floor), floor)
    summary |= kept
    walk = plan.kind is ExerciseKind.CONSTANT_TENSION
    if walk:
        steps, cadence = steps_of(pieces)
        summary |= {"steps": steps, "cadence_steps_per_min": cadence}
    summary["absent"] = {k: ABSENCE_WORDS[v] for k, v in absent.items() if v}
    return summary, _said(len(kept["slack_events"]), kept["share_above_floor"], walk=walk)


def _above(pieces: Sequence[Piece], floor: float) -> dict[str, Any]:
    """How long tension was kept above the floor, and when it was not."""
    above, known = 0, 0
    events: list[dict[str, float]] = []
    for piece in pieces:
        count, dips = above_floor(piece.values, piece.hidden, floor, round(_SLACK_S * GRID_HZ))
        above += count
        known += int(len(piece.values) - piece.hidden.sum())
        events += [{"start_s": piece.first_s + a / GRID_HZ, "seconds": (b - a) / GRID_HZ} for a, b in dips]
    return {
        "time_above_floor_s": above / GRID_HZ,
        "share_above_floor": above / max(known, 1),
        "time_under_tension_s": {"total": above / GRID_HZ},
        "slack_events": events,
        "faults": {str(Fault.SLACK): len(events)} if events else {},
    }


def _absent(kind: ExerciseKind) -> dict[str, Absence | None]:
    reason = Absence.CONSTANT_TENSION if kind is ExerciseKind.CONSTANT_TENSION else Absence.PUSH_OUT
    return dict.fromkeys(("reps", "tempo", "eccentric_control", "on_tempo_share"), reason)


def _floor(pieces: Sequence[Piece], plan: SetPlan) -> tuple[float | None, Absence | None]:
    """The told floor, or a share of the median of the first steady stance."""
    if plan.floor_n is not None:
        return plan.floor_n, None
    stance_n = _stance_n(pieces, round(plan.thresholds.stance_s * GRID_HZ))
    return (None, Absence.NO_STANCE) if stance_n is None else (plan.thresholds.slack_floor * stance_n, None)


def _stance_n(pieces: Sequence[Piece], length: int) -> float | None:
    """Median tension of the first so many grid samples that stand still and pull as the set does."""
    if max((len(piece.values) for piece in pieces), default=0) < length:
        return None
    least = max(_WORKING * float(np.median(np.concatenate([piece.values for piece in pieces]))), 0.0)
    for piece in pieces:
        for start in range(0, len(piece.values) - length + 1, _STANCE_STEP):
            stance = piece.values[start : start + length]
            middle = float(np.median(stance))
            if middle > least and float(np.std(stance)) <= _STILL_CV * middle:
                return middle
    return None


def _worked(pieces: Sequence[Piece], floor: float) -> list[Piece]:
    """From the first to the last time above the floor: getting there and stepping out of it is no slack."""
    above = [np.flatnonzero(piece.values >= floor) for piece in pieces]
    where = [k for k, at in enumerate(above) if len(at)]
    if not where:
        return list(pieces)
    first, last = where[0], where[-1]
    ends = [len(piece.values) for piece in pieces]
    ends[last] = int(above[last][-1]) + 1
    begins = [0] * len(pieces)
    begins[first] = int(above[first][0])
    return [pieces[k].part(begins[k], ends[k]) for k in range(first, last + 1)]


def _said(times: int, share: float, *, walk: bool) -> Said:
    if not times:
        return say("set.kept")
    return say("set.slack" if walk else "set.sank", times=say("times", n=times), share=share)
