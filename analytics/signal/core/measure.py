# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Measure one repetition on its stretch of the grid: edges with doubts, levels, rates, smoothness."""

import numpy as np

from analytics.signal.core.edges import Sensor, phase_edges
from analytics.signal.core.jit import GRID_HZ, GRID_S, Flags, Floats, Ints, compiled
from analytics.signal.core.network import Layers
from analytics.signal.core.release import let_go, way_back
from analytics.signal.core.rough import (
    C0,
    C1,
    C2,
    C3,
    NEAR,
    ROUGH_INTS,
    fastest,
    rough_edges,
    speed_at,
)
from analytics.signal.core.smooth import smoothed
from analytics.signal.core.sparc import sparc
from analytics.signal.core.track import HALF, SMOOTH_S

# outputs: times in grid samples from the start of the stretch, forces in newtons
T0, T1, T2, T3, D0, D1, D2, D3 = range(8)
PEAK_N, START_N, END_N, NOISE_N, PATH, NEXT_START, UP_RATE, DOWN_RATE, HIDDEN, RELEASED, STEP_N, PERIOD = (
    range(8, 20)
)
EDGES = 20
IMPULSE, RAMP, SMOOTHNESS, SAG_N = range(4)
METRICS = 4
CURVE = 4  # grid samples over which the bend is taken
CURVE_SHARE = 0.5 * (SMOOTH_S * GRID_HZ / CURVE) ** 2
BEGUN = 0.07  # of the rise's peak speed: another rise has begun
SLOW = 270  # grid samples: after a fall this slow the next rise is not yet seen when this one is settled
ROUGHLY = 10.0  # grid samples: how well a rough edge is known
LEADS = np.array([0.2, 0.1, 0.05, 0.025])


@compiled
def noise_of(tension: Floats, s: Floats, a: int, b: int) -> float:
    """Spread of what smoothing removed, less what it took from the motion itself: its curvature."""
    total, n = 0.0, 0
    for j in range(max(a, CURVE), min(b + 1, len(s) - CURVE)):
        bend = s[j + CURVE] - 2.0 * s[j] + s[j - CURVE]
        total += abs(tension[j] - s[j] + CURVE_SHARE * bend)
        n += 1
    return 1.25 * total / max(n, 1)


@compiled
def level_crossed(s: Floats, a: int, b: int, level: float) -> float:
    """Where the curve first rises above a level; not a number if it does not."""
    for j in range(a + 1, b + 1):
        if s[j] >= level:
            return float(j - float(s[j] - level) / max(s[j] - s[j - 1], 1e-12))
    return np.nan


@compiled
def next_start(s: Floats, c0: float, end: float, rough: Ints, excursion: float) -> float:
    """When the next rise starts, from as much of it as is known, in the manner of this one's start.

    Where it has only just begun, the turn is taken to be symmetric.
    """
    low = rough[C3]
    for j in range(rough[C3], len(s)):
        if s[j] < s[low]:
            low = j
    a = max(int(c0), 0)
    for k in range(len(LEADS)):
        there = level_crossed(s, low, len(s) - 1, s[low] + LEADS[k] * excursion)
        if np.isnan(there):
            continue
        here = level_crossed(s, a, rough[C1], s[a] + LEADS[k] * excursion)
        if k + 1 == len(LEADS):
            return there - (here - c0)
        quicker = (there - level_crossed(s, low, len(s) - 1, s[low] + LEADS[k + 1] * excursion)) / max(
            here - level_crossed(s, a, rough[C1], s[a] + LEADS[k + 1] * excursion), 0.5
        )
        return there - min(max(quicker, 0.1), 3.0) * (here - c0)
    slow = end - rough[C2] > SLOW and low - end < 0.1 * (end - rough[C2])
    rising = speed_at(s, len(s) - 2) > BEGUN * fastest(s, a, rough[C1], 1.0)
    return low + max(low - end, 0.0) if slow and rising else np.nan


@compiled
def path_share(s: Floats, a: int, b: int) -> float:
    """Net over gross way between two samples: 1 is monotone."""
    gross = 0.0
    for j in range(a + 1, b + 1):
        gross += abs(s[j] - s[j - 1])
    return float(abs(s[b] - s[a]) / max(gross, 1e-12))


@compiled
def both_ways(
    tension: Floats, s: Floats, hidden: Flags, r: Ints, sensor: Sensor, net: Layers, out: Floats
) -> None:
    """Fill the edges of the way out and the way back with their doubts, and their peak rates."""
    up, down = (r[C0], r[C1]), (r[C2], r[C3])
    out[T0], out[D0], out[T1], out[D1], fastest_up = phase_edges(tension, s, hidden, 1.0, up, sensor, net)
    out[T2], out[D2], out[T3], out[D3], fastest_down = phase_edges(
        tension, s, hidden, -1.0, down, sensor, net
    )
    out[UP_RATE], out[DOWN_RATE] = fastest_up / GRID_S, fastest_down / GRID_S


@compiled
def in_turn(s: Floats, r: Ints, out: Floats) -> None:
    """Keep the edges within the curve, and fall back on the rough ones where they are out of order."""
    out[T0], out[T3] = max(out[T0], 0.0), min(out[T3], len(s) - 1.0)  # a curve may be cut within a phase
    if (
        not out[T0] < min(out[T1], out[T2]) <= max(out[T1], out[T2]) < out[T3]
    ):  # a break, or a phase of no length
        out[T0], out[T1], out[T2], out[T3] = r[C0], r[C1], max(r[C1], r[C2]), r[C3]
        out[D0], out[D1], out[D2], out[D3] = ROUGHLY, ROUGHLY, ROUGHLY, ROUGHLY


@compiled
def levels_of(s: Floats, hidden: Flags, peak: int, r: Ints, out: Floats) -> None:
    """Fill the tensions at the edges and the peak, how straight the way was, and what of it is unknown."""
    out[PEAK_N] = s[peak]
    out[START_N] = s[min(max(int(out[T0]), 0), len(s) - 1)]
    out[END_N] = s[min(max(int(out[T3]), 0), len(s) - 1)]
    out[PATH] = min(path_share(s, r[C0], r[C1]), path_share(s, r[C2], r[C3]))
    out[NEXT_START] = next_start(s, out[T0], out[T3], r, s[peak] - out[START_N])
    n = 0
    for j in range(r[C0], r[C3] + 1):
        n += hidden[j]
    out[HIDDEN] = n / (r[C3] - r[C0] + 1)


@compiled
def measure_edges(
    tension: Floats,
    s: Floats,
    hidden: Flags,
    turns: tuple[int, int, int],
    hold: float,
    release: tuple[float, int],
    steps: tuple[float, float],
    net: Layers,
    out: Floats,
) -> None:
    """Fill boundaries (before the turning-point rule), their doubts and the levels of one repetition.

    ``hold`` is the prescribed one in grid samples, 0 for none. ``release`` says what a band that let go is:
    the share of its peak that it lost, and within how many samples. ``steps`` are the sensor's, in newtons
    and in grid samples.
    """
    valley, peak, after = turns
    r = np.empty(ROUGH_INTS, np.int64)
    rough_edges(s, valley, peak, after, hold, r)
    out[NOISE_N], out[STEP_N], out[PERIOD] = noise_of(tension, s, r[C0], r[C3]), steps[0], steps[1]
    sensor = out[NOISE_N], steps[0], steps[1]
    both_ways(tension, s, hidden, r, sensor, net, out)
    levels = s[peak], s[r[C0]]
    at = let_go(tension, r[C1] - 5, r[C3] + 20, levels, release[0], release[1])
    out[RELEASED] = at if at >= 0 else np.inf
    if at >= 0:
        whole, s2, unknown, a, b = way_back(tension, hidden, (valley, peak), at, levels, hold)
        if b > 0:
            out[T2], out[D2], _, _, _ = phase_edges(whole, s2, unknown, -1.0, (a, b), sensor, net)
    in_turn(s, r, out)
    levels_of(s, hidden, peak, r, out)


@compiled
def impulse(tension: Floats, a: float, b: float) -> float:
    """Integral of tension between two instants given in grid samples, N s."""
    total = 0.0
    for j in range(max(int(a), 0), min(int(b) + 2, len(tension))):
        share = min(b, j + 0.5) - max(a, j - 0.5)
        if share > 0:
            total += share * tension[j]
    return total * GRID_S


@compiled
def ramp_distance(s: Floats, a: float, b: float, ideal: float) -> float:
    """RMS distance of a fall from the straight ramp of ``ideal`` samples, as a share of the excursion."""
    first = min(max(int(a + 0.5), 0), len(s) - 1)
    last = min(int(b + 0.5), len(s) - 1)
    span = s[first] - s[last]
    n = max(int(max(ideal, b - a)), 2)
    total = 0.0
    for k in range(n + 1):
        y = (s[min(first + k, last)] - s[last]) / span
        want = max(1.0 - k / max(ideal, 1.0), 0.0)
        total += (y - want) ** 2
    return float(np.sqrt(total / (n + 1)))


@compiled
def sag(s: Floats, top: int, back: int, levels: tuple[float, float]) -> float:
    """The deepest sinking of a hold below what was reached before it; it may begin as the way out ends."""
    while top > 0 and s[top - 1] > levels[0] - NEAR * (levels[0] - levels[1]):
        top -= 1
    highest, deepest = s[top], 0.0
    for j in range(top, back):
        highest = max(highest, s[j])
        deepest = max(deepest, highest - s[j])
    return float(deepest)


@compiled
def measure_phases(
    tension: Floats,
    s: Floats,
    b: tuple[float, float, float, float],
    levels: tuple[float, float],
    target: float,
    released: float,
    out: Floats,
) -> None:
    """Fill impulse, distances and smoothness; ``b`` are the four final boundaries in samples.

    ``released`` is where the band let go, infinity if it did not: the smoothed curve falls a little before.
    """
    last = len(s) - 1
    i1 = min(max(int(b[1] + 0.5), 1), last)
    i2 = min(max(int(b[2] + 0.5), i1), last - 1)
    i3 = min(max(int(b[3]) + 1, i2 + 1), last)
    out[IMPULSE] = impulse(tension, b[2], b[3])
    out[RAMP] = ramp_distance(s, b[2], b[3], target if target > 0.0 else b[3] - b[2])
    out[SMOOTHNESS] = sparc(smoothed(tension, i2, i3, -1.0, 4.0))
    out[SAG_N] = sag(s, i1, int(min(i2 - 10.0, released - HALF)), levels)
