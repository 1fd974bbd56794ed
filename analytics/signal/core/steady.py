"""Walks and push-outs on the grid: time above a floor, slack, steps."""

import numpy as np

from analytics.signal.core import grid, track
from analytics.signal.core.jit import GRID_HZ, Flags, Floats, compiled

_SLOWEST_STEP_S = 2.0
_FASTEST_STEP_S = 0.3
_REGULAR = 0.3  # of full self-likeness: less is no walking rhythm


def grid_of(time: Floats, tension: Floats, rate_hz: float | None) -> tuple[Floats, Flags]:
    """A whole curve on the grid: values and which of them lie in holes."""
    f, i = np.zeros(grid.FLOAT_STATE), np.zeros(grid.INT_STATE, np.int64)
    f[grid.PERIOD] = 1 / rate_hz if rate_hz else 0.0
    size = int((time[-1] - time[0]) * GRID_HZ) + 8 if len(time) else 8
    values, hidden = np.empty(size), np.zeros(size, np.uint8)
    grid.resample(time, tension, f, i, values, hidden)
    grid.flush(f, i, values, hidden)
    return values[: i[grid.FILLED]], hidden[: i[grid.FILLED]]


@compiled
def _dips(values: Floats, hidden: Flags, floor: float, least: int) -> tuple[int, list[tuple[int, int]]]:
    above, start = 0, -1
    events = [(0, 0)]
    for j in range(len(values)):
        if hidden[j]:
            continue
        if values[j] >= floor:
            above += 1
            if start >= 0 and j - start >= least:
                events.append((start, j))
            start = -1
        elif start < 0:
            start = j
    if start >= 0 and len(values) - start >= least:
        events.append((start, len(values)))
    return above, events


def above_floor(values: Floats, hidden: Flags, floor: float, least: int) -> tuple[int, list[tuple[int, int]]]:
    """Grid samples above the floor, and the dips below it that last at least so many samples."""
    above, events = _dips(values, hidden, floor, least)
    return above, events[1:]


def steps_of(values: Floats) -> tuple[int | None, float | None]:
    """Steps and steps a minute from the rhythm of tension; None where there is no rhythm.

    The rhythm is the strongest self-likeness between 0.3 and 2 s; steps are the peaks half a period apart.
    """
    if len(values) < 4 * GRID_HZ:
        return None, None
    smooth = np.convolve(values, track.TAPS, "same")[track.HALF : -track.HALF]
    slow = np.convolve(smooth, np.ones(300) / 300, "same")
    swing = (smooth - slow)[150:-150] if len(smooth) > 700 else smooth - smooth.mean()
    spectrum = np.abs(np.fft.rfft(swing, 2 * len(swing))) ** 2
    alike = np.fft.irfft(spectrum)[: len(swing)]
    if alike[0] <= 0:
        return None, None
    lags = np.arange(round(_FASTEST_STEP_S * GRID_HZ), min(round(_SLOWEST_STEP_S * GRID_HZ), len(alike) - 1))
    likeness = alike[lags] / alike[0] * (len(swing) / (len(swing) - lags))
    best = int(np.argmax(likeness))
    if likeness[best] < _REGULAR:
        return None, None
    period = int(lags[best])
    steps = _peaks(swing, period // 2, 0.5 * float(np.std(swing)))
    return steps, 60 * GRID_HZ / period


@compiled
def _peaks(swing: Floats, apart: int, least: float) -> int:
    count, last, low = 0, -apart, swing[0]
    for j in range(1, len(swing) - 1):
        low = min(low, swing[j])
        if (
            swing[j] >= swing[j - 1]
            and swing[j] > swing[j + 1]
            and j - last >= apart
            and swing[j] - low > least
        ):
            count += 1
            last, low = j, swing[j]
    return count
