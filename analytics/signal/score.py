"""Score a stored curve."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from analytics.signal.plan import ScoringError, SetPlan
from analytics.signal.result import EccentricControl, PhaseTime, RepScore, SetScore
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Phase

FloatArray = npt.NDArray[np.float64]
_GRID_HZ = 100.0


def score_curve(
    time_s: npt.ArrayLike,
    tension_n: npt.ArrayLike,
    plan: SetPlan,
    *,
    gaps: Sequence[tuple[float, float]] = (),
) -> SetScore:
    """Score a whole curve.

    Args:
        time_s: shape (n,), seconds, not falling.
        tension_n: shape (n,), newtons.
        plan: what is known of the set.
        gaps: known holes as (start_s, end_s).

    Raises:
        ScoringError: shapes differ, or times fall or are not finite.
    """
    time, tension = _checked(time_s, tension_n)
    reps = _reps(time, tension, plan) if plan.kind is ExerciseKind.DYNAMIC and len(time) > 20 else ()
    summary: dict[str, Any] = {"rep_count": len(reps), "gaps": len(gaps)}
    return SetScore(plan.kind, reps, summary, f"{len(reps)} reps.")


def _checked(time_s: npt.ArrayLike, tension_n: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    time = np.ascontiguousarray(time_s, np.float64)
    tension = np.ascontiguousarray(tension_n, np.float64)
    if time.ndim != 1 or time.shape != tension.shape:
        raise ScoringError(
            f"time and tension must be one-dimensional and equally long, not {time.shape} and {tension.shape}"
        )
    if not np.isfinite(time).all() or (np.diff(time) < 0).any():
        raise ScoringError("times must be finite and must not fall")
    return time, tension


def _reps(time: FloatArray, tension: FloatArray, plan: SetPlan) -> tuple[RepScore, ...]:
    grid = np.arange(time[0], time[-1], 1 / _GRID_HZ)
    smooth = gaussian_filter1d(np.interp(grid, time, tension), 8)
    rate = np.gradient(smooth) * _GRID_HZ
    reps: list[RepScore] = []
    for valley, peak, after in _turns(smooth):
        a, b = _crossings(rate, valley, peak, 1.0)
        c, d = _crossings(rate, peak, after, -1.0)
        if (c - b) / _GRID_HZ < plan.thresholds.turning_dwell_s and not plan.dwell_prescribed(Phase.HOLD):
            b = c = (b + c) // 2
        ts = [float(grid[i]) for i in (a, b, c, d)]
        excursion = float(smooth[peak] - smooth[valley])
        phases = {
            Phase.CONCENTRIC: PhaseTime(ts[1] - ts[0], 0.05),
            Phase.HOLD: PhaseTime(ts[2] - ts[1], 0.05),
            Phase.ECCENTRIC: PhaseTime(ts[3] - ts[2], 0.05),
        }
        eccentric = EccentricControl(None, None, None, float(smooth[c:d].sum() / _GRID_HZ), 1.0, None)
        reps.append(
            RepScore(
                len(reps),
                *ts,
                float(smooth[peak]),
                excursion,
                float(smooth[valley]),
                phases,
                None,
                None,
                eccentric,
            )
        )
    return tuple(reps)


def _crossings(rate: FloatArray, start: int, stop: int, sign: float) -> tuple[int, int]:
    speed = sign * rate[start : stop + 1]
    top = int(speed.argmax())
    level = 0.05 * speed[top]
    below = np.flatnonzero(speed[:top] < level)
    after = np.flatnonzero(speed[top:] < level)
    return start + (int(below[-1]) + 1 if len(below) else 0), start + top + (
        int(after[0]) if len(after) else len(speed) - top - 1
    )


def _turns(smooth: FloatArray) -> list[tuple[int, int, int]]:
    span = float(np.percentile(smooth, 98) - np.percentile(smooth, 2))
    need = 0.3 * span
    turns, low, high, up = [], 0, 0, True
    for i, value in enumerate(smooth):
        if up:
            high = i if value > smooth[high] else high
            if value < smooth[high] - need and smooth[high] - smooth[low] > need:
                turns.append((low, high))
                up, low = False, i
            elif value < smooth[low]:
                low = high = i
        else:
            low = i if value < smooth[low] else low
            if value > smooth[low] + need:
                up, high = True, i
    ends = [t[0] for t in turns[1:]] + [low]
    return [(a, b, c) for (a, b), c in zip(turns, ends, strict=False)]
