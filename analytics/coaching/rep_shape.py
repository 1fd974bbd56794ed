"""The shape of a rep: tension over the share of its own time, so that reps of any length can be compared.

Each rep of a finished set is stretched to one length once and kept; the middle rep of a week is then the
median, point by point, over all reps of that week, and its spread their middle half.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

POINTS = 33
UNIT_N = 0.01
"""Kept shapes are whole numbers of this."""


@dataclass(frozen=True, slots=True)
class RepBounds:
    """Where a rep's phases begin and end, in seconds on the curve's axis."""

    concentric_start_s: float
    concentric_end_s: float
    eccentric_start_s: float
    eccentric_end_s: float


@dataclass(frozen=True, slots=True)
class MiddleRep:
    """The middle one of many reps.

    Attributes:
        reps: how many it is made of.
        middle_n: newtons above the tension at the start of each rep, ``POINTS`` over the rep's time.
        lower_n: lower end of the middle half.
        upper_n: its upper end.
        out_share: share of the time at which the way out is over.
        back_share: share of the time at which the way back begins.
    """

    reps: int
    middle_n: tuple[float, ...]
    lower_n: tuple[float, ...]
    upper_n: tuple[float, ...]
    out_share: float
    back_share: float


def pack(time_s: FloatArray, tension_n: FloatArray, reps: Iterable[RepBounds]) -> dict[str, Any]:
    """The shapes of a set's reps as JSON values.

    Args:
        time_s: shape (n,), rising.
        tension_n: shape (n,), newtons.
        reps: their bounds on the same axis; reps with fewer than four samples have no shape.

    Returns:
        ``reps``: one list of ``POINTS`` whole numbers of ``UNIT_N`` per rep, 0 at its start; ``shares``: end
        of the way out and start of the way back, as shares of the rep's time.
    """
    shapes: list[list[int]] = []
    shares: list[list[float]] = []
    for rep in reps:
        length_s = rep.eccentric_end_s - rep.concentric_start_s
        first, last = np.searchsorted(time_s, (rep.concentric_start_s, rep.eccentric_end_s))
        if length_s <= 0 or last - first < 4:
            continue
        at_s = np.linspace(rep.concentric_start_s, rep.eccentric_end_s, POINTS)
        level_n = np.interp(at_s, time_s, tension_n)
        shapes.append(np.rint((level_n - level_n[0]) / UNIT_N).astype(int).tolist())
        ends_s = (rep.concentric_end_s, rep.eccentric_start_s)
        shares.append([round((end_s - rep.concentric_start_s) / length_s, 3) for end_s in ends_s])
    return {"reps": shapes, "shares": shares}


def middle_rep(packed: Sequence[dict[str, Any]]) -> MiddleRep | None:
    """The middle rep of several sets; None without a single rep."""
    shapes = [shape for each in packed for shape in each.get("reps", ())]
    if not shapes:
        return None
    shares = [share for each in packed for share in each["shares"]]
    lower_n, middle_n, upper_n = np.percentile(np.array(shapes) * UNIT_N, (25, 50, 75), axis=0)
    out_share, back_share = np.median(np.array(shares), axis=0)
    return MiddleRep(
        len(shapes),
        _rounded(middle_n),
        _rounded(lower_n),
        _rounded(upper_n),
        round(float(out_share), 3),
        round(float(back_share), 3),
    )


def _rounded(values: FloatArray) -> tuple[float, ...]:
    return tuple(round(float(value), 2) for value in values)
