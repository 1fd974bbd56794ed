# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Samples to a uniform grid: by time, never by index; single corrupted samples repaired.

Each grid value is the mean of the straight-line curve over its 10 ms, which averages fast sensors and
interpolates slow ones. Holes are bridged and marked.
"""

import numpy as np

from analytics.signal.core.jit import GRID_S, Flags, Floats, Ints, compiled

WINDOW = 5  # samples looked at to judge the middle one
MASK_PERIODS = 4.0  # a hole longer than this many sample periods (and MASK_S) is marked unknown
MASK_S = 0.09

# integer state
HELD, FILLED, COMMITTED, SPIKES, DUPLICATES, BROKEN = range(6)  # BROKEN: grid samples dropped in front
INT_STATE = 6
# float state
ORIGIN, LAST_T, LAST_X, AREA, HIDDEN, PERIOD, ROUGH, RATE = range(8)
WINDOW_T = 8
RATE_SAMPLES = 12  # the rate is read off the first ones, so that it does not depend on how many came
WINDOW_X = WINDOW_T + WINDOW
FLOAT_STATE = WINDOW_X + WINDOW


@compiled
def judged(f: Floats, k: int, held: int) -> float:
    """Sample ``k`` of the window, or what its neighbours say when it alone is corrupt.

    A spike leaves the range spanned by its four neighbours and by the lines through each pair of them by
    more than three times the neighbours' own step; a sharp turn does not.
    """
    x = f[WINDOW_X + k]
    if k < 2 or k + 2 >= held:
        return float(x)
    a, b = f[WINDOW_X + k - 2], f[WINDOW_X + k - 1]
    c, d = f[WINDOW_X + k + 1], f[WINDOW_X + k + 2]
    if min(b, c) <= x <= max(b, c):
        return float(x)
    t = WINDOW_T + k
    left = b + (b - a) * (f[t] - f[t - 1]) / max(f[t - 1] - f[t - 2], 1e-3)
    right = c + (c - d) * (f[t + 1] - f[t]) / max(f[t + 2] - f[t + 1], 1e-3)
    step = max(abs(b - a), abs(d - c), 0.5 * abs(c - b))
    low = min(a, b, c, d, left, right)
    high = max(a, b, c, d, left, right)
    beyond = max(x - high, low - x)
    if beyond > 3.0 * step + 12.0 * f[ROUGH]:
        return float(b + (c - b) * (f[t] - f[t - 1]) / max(f[t + 1] - f[t - 1], 1e-9))
    f[ROUGH] += 0.02 * (min(abs(x - 0.5 * (b + c)), 4.0 * f[ROUGH] + 1e-3 * step) - f[ROUGH])
    return float(x)


@compiled
def commit(f: Floats, i: Ints, t: float, x: float, tension: Floats, masked: Flags) -> None:
    """Extend the grid by the straight line from the last committed sample to (t, x)."""
    if i[COMMITTED] == 0:
        i[COMMITTED] = 1
        f[ORIGIN], f[LAST_T], f[LAST_X] = t, t, x
        return
    t0, x0 = f[LAST_T], f[LAST_X]
    span = t - t0
    i[COMMITTED] += 1
    if i[COMMITTED] == RATE_SAMPLES + 1:
        f[RATE] = RATE_SAMPLES / (t - f[ORIGIN])
    unknown = span > max(MASK_PERIODS * f[PERIOD], MASK_S)
    if not unknown:
        f[PERIOD] += 0.05 * (min(span, 2.0 * f[PERIOD]) - f[PERIOD])
    slope = (x - x0) / span
    start = t0
    while start < t:
        edge = f[ORIGIN] + (i[FILLED] + 1) * GRID_S
        stop = min(edge, t)
        width = stop - start
        f[AREA] += width * (x0 + slope * (0.5 * (start + stop) - t0))
        if unknown:
            f[HIDDEN] += width
        if edge > t:
            break
        n = i[FILLED] - i[BROKEN]
        tension[n] = f[AREA] / GRID_S
        masked[n] = 1 if f[HIDDEN] > 0.5 * GRID_S else 0
        f[AREA], f[HIDDEN] = 0.0, 0.0
        i[FILLED] += 1
        start = edge
    f[LAST_T], f[LAST_X] = t, x


@compiled
def resample(time: Floats, values: Floats, f: Floats, i: Ints, tension: Floats, masked: Flags) -> None:
    """Take samples into the grid; ``i[FILLED]`` grid values exist afterwards, ``i[BROKEN]`` were dropped."""
    for n in range(len(time)):
        t, x = time[n], values[n]
        if not np.isfinite(x):
            continue
        held = i[HELD]
        if held and t - f[WINDOW_T + held - 1] < 1e-6:
            f[WINDOW_X + held - 1] = 0.5 * (f[WINDOW_X + held - 1] + x)
            i[DUPLICATES] += 1
            continue
        if held == WINDOW:
            for k in range(WINDOW - 1):
                f[WINDOW_T + k] = f[WINDOW_T + k + 1]
                f[WINDOW_X + k] = f[WINDOW_X + k + 1]
            held -= 1
        f[WINDOW_T + held], f[WINDOW_X + held] = t, x
        i[HELD] = held + 1
        if held + 1 == WINDOW:
            settle(f, i, tension, masked)


@compiled
def settle(f: Floats, i: Ints, tension: Floats, masked: Flags) -> None:
    """Commit the middle of a full window; the first time also what stands before it."""
    if i[COMMITTED] == 0:
        if f[PERIOD] <= 0.0:
            f[PERIOD] = max((f[WINDOW_T + WINDOW - 1] - f[WINDOW_T]) / (WINDOW - 1), 1e-3)
        for k in range(2):
            commit(f, i, f[WINDOW_T + k], f[WINDOW_X + k], tension, masked)
    x = judged(f, 2, i[HELD])
    if x != f[WINDOW_X + 2]:
        i[SPIKES] += 1
        f[WINDOW_X + 2] = x
    commit(f, i, f[WINDOW_T + 2], x, tension, masked)


@compiled
def flush(f: Floats, i: Ints, tension: Floats, masked: Flags) -> None:
    """Commit what is still held at the end of a stream."""
    first = 3 if i[HELD] == WINDOW else 0
    for k in range(first, i[HELD]):
        commit(f, i, f[WINDOW_T + k], f[WINDOW_X + k], tension, masked)
    i[HELD] = 0
