"""The typical repetition of a set: reps in their own time, median and spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.signal.result import RepScore

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RepShape:
    """Tension over the share of a repetition, each above its own start.

    Attributes:
        share: shape (points,), 0 at the start of the way out, 1 at the end of the way back.
        median_n, low_n, high_n: shape (points,), newtons; low and high are the quartiles.
        turn_share: where the way back begins in the median repetition.
        seconds: median length of a repetition.
    """

    share: FloatArray
    median_n: FloatArray
    low_n: FloatArray
    high_n: FloatArray
    turn_share: float
    seconds: float


def rep_shape(
    time_s: npt.ArrayLike, tension_n: npt.ArrayLike, reps: Sequence[RepScore], points: int = 101
) -> RepShape | None:
    """The shape of a set's repetitions, or None without any."""
    if not reps:
        return None
    time, tension = np.asarray(time_s, np.float64), np.asarray(tension_n, np.float64)
    good = np.isfinite(tension)
    share = np.linspace(0.0, 1.0, points)
    spans = [(r.concentric_start_s, r.eccentric_end_s, r.start_n) for r in reps]
    curves = np.array([np.interp(a + share * (b - a), time[good], tension[good]) - n for a, b, n in spans])
    low, middle, high = np.percentile(curves, [25, 50, 75], axis=0)
    turns = [
        (r.eccentric_start_s - r.concentric_start_s) / (r.eccentric_end_s - r.concentric_start_s)
        for r in reps
    ]
    return RepShape(
        share, middle, low, high, float(np.median(turns)), float(np.median([b - a for a, b, _ in spans]))
    )
