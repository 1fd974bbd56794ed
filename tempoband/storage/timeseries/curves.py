"""Curves from pieces, and fewer points of a curve."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from tsdownsample import MinMaxDownsampler, MinMaxLTTBDownsampler

from tempoband.storage.timeseries.base import Curve

_GAP_STEPS = 8.0  # steps this many times the usual one are drawn as gaps
_LEAST_POINTS = 8


def assemble(
    time_us: Sequence[npt.NDArray[np.int64]],
    tension_n: Sequence[npt.NDArray[np.float64]],
    start_us: int,
    end_us: int,
) -> Curve:
    """Pieces in any order to one curve of start_us <= time < end_us; of equal stamps the first stays."""
    if not time_us:
        return Curve(np.empty(0, np.int64), np.empty(0, np.float64))
    times, tensions = np.concatenate(time_us), np.concatenate(tension_n)
    if np.any(times[1:] < times[:-1]):
        order = np.argsort(times, kind="stable")
        times, tensions = times[order], tensions[order]
    first, last = np.searchsorted(times, (start_us, end_us))
    times, tensions = times[first:last], tensions[first:last]
    new = np.empty(len(times), dtype=bool)
    new[:1] = True
    np.not_equal(times[1:], times[:-1], out=new[1:])
    return Curve(times, tensions) if new.all() else Curve(times[new], tensions[new])


def decimate(curve: Curve, points: int) -> Curve:
    """About ``points`` samples of a curve that look like all of it.

    Half come from MinMaxLTTB (Van Der Donckt et al., 2023), which draws the shape; half are the least and
    the greatest of equal stretches, so that no peak is hidden. Both ends of every gap are kept as well.
    """
    if len(curve) <= max(points, _LEAST_POINTS):
        return curve
    half = max(points // 4, 1) * 2
    y = np.ascontiguousarray(curve.tension_n)
    shape = MinMaxLTTBDownsampler().downsample(np.ascontiguousarray(curve.time_us), y, n_out=half)
    extremes = MinMaxDownsampler().downsample(y, n_out=half)
    steps = np.diff(curve.time_us)
    gaps = np.flatnonzero(steps > _GAP_STEPS * np.median(steps))[:half]
    ends = np.array([0, len(curve) - 1])
    chosen = np.unique(np.concatenate([shape, extremes, gaps, gaps + 1, ends]).astype(np.int64))
    return Curve(curve.time_us[chosen], curve.tension_n[chosen])
