"""What is measured of the beginning of a phase: times at which its level and its speed pass marks."""

import numpy as np

from analytics.signal.core.jit import Floats, compiled

LEVELS = np.array([0.02, 0.04, 0.07, 0.11, 0.16, 0.22, 0.29, 0.37, 0.46, 0.56, 0.67, 0.8])
SPEEDS = np.array([0.05, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5])
N_LEVELS, N_SPEEDS = len(LEVELS), len(SPEEDS)
FEATURES = N_LEVELS + N_SPEEDS
ANCHOR = 0.25  # speeds below this share are looked for outward from it


@compiled
def first_above(y: Floats, level: float) -> float:
    """Where the curve first reaches a level, between samples; the last sample if it never does."""
    for j in range(len(y)):
        if y[j] >= level:
            return float(j) if j == 0 else j - 1 + (level - y[j - 1]) / (y[j] - y[j - 1])
    return float(len(y) - 1)


@compiled
def last_below(y: Floats, start: int, level: float) -> float:
    """Going back from ``start``: where the curve last was below a level."""
    j = min(start, len(y) - 1)
    while j >= 0 and y[j] >= level:
        j -= 1
    if j < 0:
        return 0.0
    if j + 1 >= len(y):
        return float(j)
    return float(j + (level - y[j]) / (y[j + 1] - y[j]))


@compiled
def features(level: Floats, speed: Floats, out: Floats) -> float:
    """Fill the mark times of a phase that begins near sample 0; return its peak speed.

    A level that tremor crosses several times counts at the middle of its first and last crossing.
    """
    for k in range(N_LEVELS):
        mark = LEVELS[k]
        first = first_above(level, mark)
        sure = int(first_above(level, min(mark + 0.1, 0.99)))
        out[k] = 0.5 * (first + last_below(level, sure, mark))
    peak = 0.0
    for j in range(len(speed)):
        peak = max(peak, speed[j])
    anchor = int(np.ceil(first_above(speed, ANCHOR * peak)))
    for k in range(N_SPEEDS):
        mark = SPEEDS[k] * peak
        out[N_LEVELS + k] = (
            last_below(speed, anchor, mark) if SPEEDS[k] < ANCHOR else first_above(speed, mark)
        )
    return peak
