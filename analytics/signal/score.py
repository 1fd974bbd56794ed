"""Score a stored curve."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.signal.constant import steady_summary
from analytics.signal.core.grid import LONG_HOLE_S
from analytics.signal.core.jit import GRID_HZ, Floats
from analytics.signal.plan import ScoringError, SetPlan
from analytics.signal.result import ABSENCE_WORDS, Absence, SetScore
from analytics.signal.sentence import said_of
from analytics.signal.stream import Stream, as_curve, broken_at
from analytics.signal.summary import summarise
from tempoband.contracts.exercise import ExerciseKind
from tempoband.words.said import say

_LEAST_ROOM = 1024


def score_curve(
    time_s: npt.ArrayLike,
    tension_n: npt.ArrayLike,
    plan: SetPlan,
    *,
    gaps: Sequence[tuple[float, float]] = (),
) -> SetScore:
    """Score a whole curve; the same code as live, fed at once.

    Args:
        time_s: shape (n,), seconds, not falling.
        tension_n: shape (n,), newtons; values that are not finite are passed over.
        plan: what is known of the set.
        gaps: known holes as (start_s, end_s); holes in the times themselves are seen without it.

    Raises:
        ScoringError: shapes differ, or times fall or are not finite.
    """
    time, tension = as_curve(time_s, tension_n)
    if plan.kind is ExerciseKind.DYNAMIC:
        stream = Stream(plan, _room(time))
        stream.push(time, tension)
        stream.finish()
        return dynamic_score(stream, lost_s=sum(b - a for a, b in gaps))
    return steady_score(time, tension, plan)


def _room(time: Floats) -> int:
    """Grid samples to make room for: a clock may jump by years, but nothing is bridged over that."""
    span_s = float(time[-1] - time[0]) if len(time) else 0.0
    if not 0 < span_s < np.inf:
        return _LEAST_ROOM
    return int(min(span_s, len(time) * LONG_HOLE_S) * GRID_HZ) + _LEAST_ROOM


def dynamic_score(stream: Stream, *, lost_s: float = 0.0) -> SetScore:
    """The score of a finished stream of a dynamic set."""
    reps, plan = stream.reps(), stream.plan
    summary = summarise(reps, plan) | {"irregularity": stream.judge.irregularity}
    if lost_s:
        summary["lost_s"] = lost_s
    return SetScore(plan.kind, tuple(reps), summary, said_of(reps, plan), plan.thresholds.version)


def steady_score(time: Floats, tension: Floats, plan: SetPlan) -> SetScore:
    """The score of a set without reps: a walk, a push-out, an exercise without a band."""
    if len(time) and broken_at(time, float(time[0])) < 0:
        raise ScoringError("times must be finite and must not fall")
    if plan.kind is ExerciseKind.BY_HAND:
        why = ABSENCE_WORDS[Absence.BY_HAND]
        absent: dict[str, Any] = dict.fromkeys(
            ("reps", "tempo", "eccentric_control", "time_under_tension_s"), why
        )
        return SetScore(plan.kind, (), {"rep_count": None, "absent": absent}, say("set.by_hand"))
    summary, said = steady_summary(time, tension, plan)
    return SetScore(plan.kind, (), summary, said, plan.thresholds.version)
