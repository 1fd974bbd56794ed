# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Where a phase begins and ends, read off the speed of tension around each of its ends.

Tension is not position: stiffness changes along the way, some tension is lost when the motion turns
(hysteresis), and a held band relaxes. What that does to the look of an edge was learned from simulated
strokes of many motions and bands (``bench/learn_edges.py``); here the window is cut and the network asked.
Everything is in units of the phase's own 10-90 % time and peak speed: no time scale, no force, no zero line.
"""

import numpy as np

from analytics.signal.core.jit import GRID_HZ, Flags, Floats, compiled
from analytics.signal.core.network import BACK_START, OUT_START, Layers, answer
from analytics.signal.core.rough import fastest
from analytics.signal.core.smooth import smoothed

SIGMA = 0.05  # smoothing over the 10-90 % time: slow phases lose their tremor, quick ones keep their edges
ANCHOR = 0.25  # of the peak speed: the window is laid where speed first passes this
FROM, STEP, POINTS = -1.2, 0.06, 33  # the window's speeds, in 10-90 % times from the anchor
HOLES_FROM, HOLES_TO = 9, 28  # the points between which unknown samples matter
LEVELS = (-0.6, -0.3, -0.15, 0.3)  # where the level is taken against the anchor's
INPUTS = POINTS + 10
STOPPED = 0.05  # of the phase's peak speed: slower than this it stands, as a phase's edge is defined ...
STALL = 25  # ... and for so many grid samples: a stall, not the step of a coarse sensor
REACH = 1.4  # of the 10-90 % time that the window can need beyond the phase
HIGHEST = 1.5  # speeds are cut off at this many peak speeds
UNLIKELY = (
    5.0  # what else is seen is cut off here: a phase cut by the end of the curve can look like anything
)
TINY = 1e-9
Sensor = tuple[float, float, float]  # its noise and its step, newtons, and its period in grid samples


@compiled
def stalled(s: Floats, a: int, b: int, sign: float) -> int:
    """How many samples between two of a phase are part of a stall."""
    least = STOPPED * fastest(s, a, b, sign)
    total, run = 0, 0
    for j in range(a, b):
        run = run + 1 if sign * (s[j + 1] - s[j]) < least else 0
        if run >= STALL:
            total += run if run == STALL else 1
    return total


@compiled
def rise_time(s: Floats, a: int, b: int, sign: float) -> float:
    """Grid samples from the last 10 % to the first 90 % of the way between two samples, less its stalls.

    A stop on the way says nothing of how its ends look.
    """
    span = sign * (s[b] - s[a])
    top = a
    while top < b and sign * (s[top] - s[a]) < 0.9 * span:
        top += 1
    low = top
    while low > a and sign * (s[low] - s[a]) > 0.1 * span:
        low -= 1
    return max(float(top - low - stalled(s, low, top, sign)), 4.0)


@compiled
def between(y: Floats, x: float) -> float:
    """The curve between its samples; beyond its ends it stands still."""
    if x <= 0.0:
        return float(y[0])
    k = int(x)
    if k >= len(y) - 1:
        return float(y[-1])
    return float(y[k] + (x - k) * (y[k + 1] - y[k]))


@compiled
def anchor(speed: Floats, start: int, end: int) -> tuple[float, float]:
    """Where the speed rises past a share of its peak within the phase, and that peak."""
    peak = TINY
    for j in range(max(start, 0), min(end, len(speed) - 1) + 1):
        peak = max(peak, speed[j])
    j = max(start, 0)
    while j < end and speed[j] < ANCHOR * peak:
        j += 1
    while j > 1 and speed[j - 1] >= ANCHOR * peak:
        j -= 1
    step = speed[j] - speed[j - 1]
    return (float(j) if step <= 0.0 else j - 1 + (ANCHOR * peak - speed[j - 1]) / step), peak


@compiled
def look(
    level: Floats,
    speed: Floats,
    hidden: Flags,
    start: int,
    end: int,
    h: float,
    sigma: float,
    sensor: Sensor,
    out: Floats,
) -> tuple[float, float]:
    """Fill what the network sees of a phase that rises from its edge; return its anchor and peak speed.

    ``sensor`` is what is known of it: its noise and its step in newtons, its period in grid samples.
    """
    a, peak = anchor(speed, start, end)
    unknown = 0.0
    for k in range(POINTS):
        x = a + (FROM + k * STEP) * h
        known = 0.0 <= x <= len(speed) - 1.0  # beyond it the curve stands still
        out[k] = min(max(between(speed, x) / peak, -HIGHEST), HIGHEST) if known else 0.0
        if HOLES_FROM <= k < HOLES_TO and hidden[min(max(int(x + 0.5), 0), len(speed) - 1)]:
            unknown += 1.0
    out[POINTS] = np.log(h / GRID_HZ)
    out[POINTS + 1] = np.log(min(sensor[0] / (peak * sigma), UNLIKELY) + 1e-3)
    out[POINTS + 2] = unknown / 20.0
    here = between(level, a)
    for k in range(len(LEVELS)):
        way = (between(level, a + LEVELS[k] * h) - here) / (peak * h)
        out[POINTS + 3 + k] = min(max(way, -UNLIKELY), UNLIKELY)
    whole = max(between(level, float(end)) - here, TINY) / (peak * h)
    out[POINTS + 7] = np.log(min(whole, UNLIKELY) + 0.01)
    out[POINTS + 8] = np.log(min(sensor[1] / (peak * h), UNLIKELY) + 1e-3)
    out[POINTS + 9] = np.log(min(sensor[2] / h, UNLIKELY) + 1e-3)
    return a, peak


@compiled
def windows(
    tension: Floats,
    s: Floats,
    hidden: Flags,
    sign: float,
    start: int,
    end: int,
    sensor: Sensor,
    first: Floats,
    last: Floats,
) -> tuple[float, float, float, float]:
    """Fill what is seen of both ends of a phase between two rough edges.

    Returns:
        The anchors of the first and the last edge and the 10-90 % time in samples, and the peak speed.
    """
    h = rise_time(s, start, end, sign)
    sigma = max(SIGMA * h, 0.8)
    more = int(REACH * h) + 4
    low, high = max(start - more, 0), min(end + more, len(s) - 1)
    level = smoothed(tension, low, high, sign, sigma)
    n = len(level)
    speed = np.empty(n)
    for k in range(n):
        speed[k] = 0.5 * (level[min(k + 1, n - 1)] - level[max(k - 1, 0)])
    mask = hidden[low : high + 1]
    a, peak = look(level, speed, mask, start - low, end - low, h, sigma, sensor, first)
    backwards, quick, unknown = np.empty(n), np.empty(n), np.empty(n, np.uint8)
    for k in range(n):
        backwards[k], quick[k], unknown[k] = -level[n - 1 - k], speed[n - 1 - k], mask[n - 1 - k]
    b, _ = look(backwards, quick, unknown, high - end, high - start, h, sigma, sensor, last)
    return low + a, high - b, h, peak


@compiled
def phase_edges(
    tension: Floats,
    s: Floats,
    hidden: Flags,
    sign: float,
    rough: tuple[int, int],
    sensor: Sensor,
    net: Layers,
) -> tuple[float, float, float, float, float]:
    """Start, its doubt, end, its doubt of one phase in samples, and its peak speed.

    ``rough`` are the rough edges, ``sensor`` its noise, step and period.
    """
    first, last = np.empty(INPUTS), np.empty(INPUTS)
    a, b, h, peak = windows(tension, s, hidden, sign, rough[0], rough[1], sensor, first, last)
    kind = OUT_START if sign > 0.0 else BACK_START
    t0, d0 = answer(net, kind, first)
    t1, d1 = answer(net, kind + 1, last)
    return a - h * t0, h * d0, b + h * t1, h * d1, peak
