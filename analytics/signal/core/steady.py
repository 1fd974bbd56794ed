"""Walks and push-outs on the grid: time above a floor, slack, steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.signal.core import grid, track
from analytics.signal.core.jit import GRID_HZ, Flags, Floats, Ints, compiled

_SLOWEST_STEP_S = 4.0
_FASTEST_STEP_S = 0.3
_STANDS_OUT = 0.4  # of the usual swing: a step rises and falls by so much
_SWAY_S = 3.0  # slower than this the tension only wanders
_FEWEST_STEPS = 4
_REGULAR = 0.5  # of a step: the middle half of the intervals differs by less, or it is no rhythm


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch without a long hole on the grid: when it begins, its values, which of them lie in holes."""

    first_s: float
    values: Floats
    hidden: Flags

    def part(self, begin: int, end: int) -> "Piece":
        """From one grid sample to before another."""
        return Piece(self.first_s + begin / GRID_HZ, self.values[begin:end], self.hidden[begin:end])


def pieces_of(time: Floats, tension: Floats, rate_hz: float | None) -> list[Piece]:
    """A whole curve on the grid, cut where a hole is too long to be bridged: a clock may jump by years."""
    cuts = np.flatnonzero(np.diff(time) > grid.LONG_HOLE_S) + 1
    parts = zip(np.split(time, cuts), np.split(tension, cuts), strict=True)
    return [Piece(float(t[0]), *_grid_of(t, x, rate_hz)) for t, x in parts if len(t)]


def _grid_of(time: Floats, tension: Floats, rate_hz: float | None) -> tuple[Floats, Flags]:
    """A curve without long holes on the grid: values and which of them lie in holes."""
    f, i = np.zeros(grid.FLOAT_STATE), np.zeros(grid.INT_STATE, np.int64)
    f[grid.PERIOD] = 1 / rate_hz if rate_hz else 0.0
    size = int((time[-1] - time[0]) * GRID_HZ) + 8
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


def steps_of(pieces: Sequence[Piece]) -> tuple[int | None, float | None]:
    """Steps and steps a minute from the rhythm of tension; None where there is no rhythm.

    Steps are peaks that stand out by a share of the usual swing; their middle interval is the cadence.
    People's steps vary by a tenth, so self-likeness over several would find every second or third one.
    """
    walked = [found for piece in pieces if (found := _rhythm(piece.values)) is not None]
    if not walked:
        return None, None
    _, between_s = max(walked)
    return sum(count for count, _ in walked), 60 / between_s


def _rhythm(values: Floats) -> tuple[int, float] | None:
    """Steps in one piece and the seconds between two of them."""
    if len(values) < 4 * GRID_HZ:
        return None
    at = _steps_at(values)
    if len(at) < _FEWEST_STEPS:
        return None
    early, between_s, late = np.percentile(np.diff(at), (25, 50, 75)) / GRID_HZ
    if not (_FASTEST_STEP_S <= between_s <= _SLOWEST_STEP_S) or late - early > _REGULAR * between_s:
        return None
    return len(at), float(between_s)


def _steps_at(values: Floats) -> Ints:
    """Grid samples of the peaks that stand out of the slow wandering."""
    smooth = np.convolve(values, track.TAPS, "same")[track.HALF : -track.HALF]
    window = np.ones(round(_SWAY_S * GRID_HZ))
    slow = np.convolve(smooth, window, "same") / np.convolve(np.ones(len(smooth)), window, "same")
    swing = smooth - slow
    low, high = np.percentile(swing, (10, 90))
    at = np.empty(len(swing), np.int64)
    if high <= low:
        return at[:0]
    # one slack moment must not hide the steps beside it
    return at[: _peaks(np.clip(swing, 2 * low - high, 2 * high - low), _STANDS_OUT * float(high - low), at)]


@compiled
def _peaks(swing: Floats, least: float, at: Ints) -> int:
    """Where the curve turns down by so much after it rose by so much."""
    count, top, low, rising = 0, 0, swing[0], False
    for j in range(1, len(swing)):
        if rising:
            if swing[j] > swing[top]:
                top = j
            elif swing[top] - swing[j] > least:
                at[count], low, rising = top, swing[j], False
                count += 1
        elif swing[j] < low:
            low = swing[j]
        elif swing[j] - low > least:
            top, rising = j, True
    return count
