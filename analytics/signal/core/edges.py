# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Where a phase begins and ends: the observed marks weighed against the library of beginnings.

For each exemplar a time shift and scale are fitted by weighted least squares; its likelihood is that of
the remaining misfit, and the crossing of 5 % of the motion's peak speed is the average over exemplars,
with their spread as uncertainty. Marks that noise or a hole blurs weigh little, by their own variance.
"""

import numpy as np

from analytics.signal.core.features import FEATURES, N_LEVELS, features
from analytics.signal.core.jit import Flags, Floats, Ints, compiled

SIGMA = 0.05  # smoothing over the 10-90 % time; the library is smoothed alike
MISFIT = 0.02  # of the 10-90 % time: how far a person's shape may lie from every exemplar
TURN_S = 50.0  # a dwell shorter than this many grid samples, plus a share of the phase, is met as a turn
TURN_SHARE = 0.2
LEVEL_DOUBT = 0.004  # of the excursion: how well the resting level is known
NOISE_SHARE = 0.15  # of the noise seen before smoothing that passes the smoothing
LINE_S, LINE_LEAST = 50, 15  # grid samples of stillness a slope is read from
TAIL = 0.2  # of the 10-90 % time: how far a slow tail reaches beyond the rough edge
TIME_DOUBT = 0.3  # grid samples
NEGLIGIBLE = 12.0  # a log likelihood this much below the best adds nothing
HOLE_DOUBT = 20.0  # grid samples: a mark inside a hole says next to nothing


@compiled
def smoothed(tension: Floats, a: int, b: int, sign: float, sigma: float) -> Floats:
    """``sign`` times the tension from ``a`` to ``b`` (inclusive) under a Gaussian of ``sigma`` samples."""
    half = int(np.ceil(3.5 * sigma))
    taps = np.empty(2 * half + 1)
    total = 0.0
    for k in range(2 * half + 1):
        taps[k] = np.exp(-0.5 * ((k - half) / sigma) ** 2)
        total += taps[k]
    out = np.empty(b - a + 1)
    last = len(tension) - 1
    for j in range(a, b + 1):
        s = 0.0
        if j >= half and j + half <= last:
            for k in range(2 * half + 1):
                s += taps[k] * tension[j - half + k]
        else:
            for k in range(2 * half + 1):
                s += taps[k] * tension[min(max(j - half + k, 0), last)]
        out[j - a] = sign * s / total
    return out


@compiled
def rise_time(s: Floats, a: int, b: int, sign: float) -> float:
    """Grid samples from the last 10 % to the first 90 % of the way between two samples."""
    span = sign * (s[b] - s[a])
    top = a
    while top < b and sign * (s[top] - s[a]) < 0.9 * span:
        top += 1
    low = top
    while low > a and sign * (s[low] - s[a]) > 0.1 * span:
        low -= 1
    return max(float(top - low), 4.0)


@compiled
def resting_line(seg: Floats, still: int) -> tuple[float, float]:
    """Level and slope of the dwell a phase starts from: relaxation is a slope, not a motion.

    Only the ``still`` first samples are looked at, which the motion's slow tail does not reach.
    """
    m = min(still, len(seg) // 2, LINE_S)
    if m < LINE_LEAST:
        m = max(m, 3)
        total = 0.0
        for k in range(m):
            total += seg[k]
        return total / m, 0.0
    mean, centre = 0.0, 0.5 * (m - 1)
    for k in range(m):
        mean += seg[k]
    mean /= m
    top, bottom = 0.0, 0.0
    for k in range(m):
        top += (k - centre) * (seg[k] - mean)
        bottom += (k - centre) ** 2
    slope = top / bottom
    return mean - slope * centre, slope


@compiled
def mark_doubts(
    times: Floats,
    level: Floats,
    speed: Floats,
    peak: float,
    noise: float,
    sigma: float,
    h: float,
    out: Floats,
) -> None:
    """Standard deviation of each mark's time, from the noise over the slope it is read on."""
    n = len(speed)
    span = level[n - 1]
    for k in range(FEATURES):
        j = min(max(int(times[k] + 0.5), 1), n - 2)
        if k < N_LEVELS:
            doubt = np.sqrt((NOISE_SHARE * noise) ** 2 + (LEVEL_DOUBT * span) ** 2)
            out[k] = TIME_DOUBT + doubt / max(speed[j], 0.02 * peak)
        else:
            bend = abs(0.5 * (speed[j + 1] - speed[j - 1]))
            out[k] = TIME_DOUBT + NOISE_SHARE * noise / sigma / max(bend, 0.1 * peak / h)


@compiled
def crossing(
    times: Floats, doubts: Floats, marks: Floats, crossings: Floats, priors: Floats
) -> tuple[float, float]:
    """Posterior mean and standard deviation of the 5 % crossing, in samples from the marks' origin."""
    scale = times[N_LEVELS - 1] - times[1]
    weight = 1.0 / (doubts**2 + (MISFIT * scale) ** 2)
    total = weight.sum()
    mean_t = (weight * times).sum() / total
    tt = (weight * (times - mean_t) ** 2).sum()
    n = len(crossings)
    sq, sqq, sqt = np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(0, FEATURES, 2):  # two at a time: half the traffic to memory
        last = k + 1 == FEATURES
        w0, row0 = weight[k], marks[k]
        w1, row1 = (0.0, row0) if last else (weight[k + 1], marks[k + 1])
        t0, t1 = times[k] - mean_t, 0.0 if last else times[k + 1] - mean_t
        for m in range(n):
            q0, q1 = w0 * row0[m], w1 * row1[m]
            sq[m] += q0 + q1
            sqq[m] += q0 * row0[m] + q1 * row1[m]
            sqt[m] += q0 * t0 + q1 * t1
    best = -1e300
    for m in range(n):
        mean_q = sq[m] / total
        stretch = sqt[m] / (sqq[m] - sq[m] * mean_q)
        sqq[m] = priors[m] - 0.5 * (tt - stretch * sqt[m])
        sq[m] = mean_t + stretch * (crossings[m] - mean_q)
        best = max(best, sqq[m])
    mass, first, second = 0.0, 0.0, 0.0
    for m in range(n):
        if sqq[m] > best - NEGLIGIBLE:
            p = np.exp(sqq[m] - best)
            mass += p
            first += p * sq[m]
            second += p * sq[m] * sq[m]
    first /= mass
    return first, np.sqrt(max(second / mass - first * first, 0.0))


@compiled
def edge(
    seg: Floats,
    hidden: Flags,
    still: int,
    noise: float,
    sigma: float,
    h: float,
    marks: Floats,
    crossings: Floats,
    priors: Floats,
) -> tuple[float, float]:
    """The crossing in samples from the start of ``seg``, which rises away from what is at 0.

    That is a dwell of which so many samples are ``still``, or a turning point (then negative).
    """
    n = len(seg)
    level, speed = np.empty(n), np.empty(n)
    base, slope = (seg[0], 0.0) if still < 0 else resting_line(seg, still)
    for k in range(n):
        level[k] = seg[k] - base - slope * min(float(k), still + 0.5 * h)
        speed[k] = (
            0.5 * (seg[min(k + 1, n - 1)] - seg[max(k - 1, 0)]) * (2.0 if k in (0, n - 1) else 1.0) - slope
        )
    times, doubts = np.empty(FEATURES), np.empty(FEATURES)
    peak = features(level / level[n - 1], speed, times)
    mark_doubts(times, level, speed, peak, noise, sigma, h, doubts)
    for k in range(FEATURES):
        if hidden[min(max(int(times[k] + 0.5), 0), n - 1)]:
            doubts[k] += HOLE_DOUBT
    return crossing(times, doubts, marks, crossings, priors)


@compiled
def phase_edges(
    tension: Floats,
    s: Floats,
    hidden: Flags,
    sign: float,
    bounds: tuple[int, int, int, int],
    noise: float,
    kinds: tuple[int, int],
    library: tuple[Floats, Floats, Floats, Ints],
) -> tuple[float, float, float, float]:
    """Start, its doubt, end, its doubt of one phase, in samples.

    ``bounds``: where the dwell before it begins, its rough start, its rough end, where the dwell after it
    ends. ``kinds``: those of the start and the end in the library.
    """
    before, start, end, after = bounds
    h = rise_time(s, start, end, sign)
    sigma = max(SIGMA * h, 0.8)
    turn_a = start - before < TURN_S + TURN_SHARE * h
    turn_b = after - end < TURN_S + TURN_SHARE * h
    reach = max(3, int(0.3 * h))
    a = (before + start) // 2 if turn_a else start - min((start - before) // 2, 100)
    b = (end + after + 1) // 2 if turn_b else end + min((after - end) // 2, 100)
    low, high = max(a - reach, 0), min(b + reach, len(s) - 1)
    y = smoothed(tension, low, high, sign, sigma)
    if turn_a:
        a = low + int(np.argmin(y[: min(2 * reach + 1, len(y) // 2)]))
    if turn_b:
        back = max(len(y) - 2 * reach - 1, len(y) // 2)
        b = low + back + int(np.argmax(y[back:]))
    seg = y[a - low : b - low + 1]
    mask = hidden[a : b + 1]
    tail = int(TAIL * h + 2.0 * sigma)
    still_a = -1 if turn_a else max(start - a - tail, 0)
    still_b = -1 if turn_b else max(b - end - tail, 0)
    marks, crossings, priors, starts = library
    i, j = starts[kinds[0]], starts[kinds[0] + 1]
    t0, d0 = edge(seg, mask, still_a, noise, sigma, h, marks[:, i:j], crossings[i:j], priors[i:j])
    i, j = starts[kinds[1]], starts[kinds[1] + 1]
    seg, mask = -seg[::-1].copy(), mask[::-1].copy()
    t1, d1 = edge(seg, mask, still_b, noise, sigma, h, marks[:, i:j], crossings[i:j], priors[i:j])
    return a + t0, d0, b - t1, d1
