# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Samples to a uniform grid: by time, never by index; single corrupted samples repaired.

Each grid value is the mean of the straight-line curve over its 10 ms, which averages fast sensors and
interpolates slow ones. Holes are bridged and marked. Two corrupted samples side by side are repaired where
they lie so near together that no limb could have been there and back.
"""

import numpy as np

from analytics.signal.core.jit import GRID_HZ, GRID_S, Flags, Floats, Ints, compiled

WINDOW = 5  # samples looked at to judge the middle one
MASK_PERIODS = 4.0  # a hole longer than this many sample periods (and MASK_S) is marked unknown
MASK_S = 0.09
LONG_HOLE_S = 3.0  # nothing is bridged over more than this: what was under way is not known
PAIR_S = 0.045  # from the sample before two corrupted ones to the one after them, at most
APART_S = 0.25  # the same where they lie on either side: nothing pulls up and down like that
SAME_S = 1e-6  # stamps nearer than this are the same one
Five = tuple[float, float, float, float, float]
Line = tuple[
    float, float, float, float, float, int
]  # its end, area and unknown part since the last grid value

# integer state
HELD, FILLED, COMMITTED, SPIKES, DUPLICATES, BROKEN, FINER = range(7)  # BROKEN: grid samples dropped in front
INT_STATE = 7
# float state
ORIGIN, LAST_T, LAST_X, AREA, HIDDEN, PERIOD, ROUGH, RATE, RAW = range(9)
WINDOW_T = 9
RATE_SAMPLES = 12  # the rate is read off the first ones, so that it does not depend on how many came
WINDOW_X = WINDOW_T + WINDOW
STEPS_N = WINDOW_X + WINDOW  # what the last digit stands for, as it became known ...
STEPS = 24
STEPS_AT = STEPS_N + STEPS  # ... and at which grid sample
FLOAT_STATE = STEPS_AT + STEPS
SAME_N = 1e-6  # of the values: a smaller difference is rounding
FINER_SHARE = 0.9  # a difference is finer than the least one if it is less than this of it


@compiled
def paired(times: Five, values: Five, rough: float) -> bool:
    """Whether the middle sample of five and the next are corrupt, by a stricter measure than for one."""
    ta, tb, _, tc, td = times
    a, b, x, c, d = values
    ahead = b + (b - a) * (tc - tb) / max(tb - ta, 1e-3)
    low, high = min(a, b, d, ahead), max(a, b, d, ahead)
    least = 4.0 * max(abs(b - a), 0.5 * abs(d - b)) + 15.0 * rough
    above, below = x - high > least, low - x > least
    if (above and low - c > least) or (below and c - high > least):
        return td - tb < APART_S
    return td - tb < PAIR_S and ((above and c - high > least) or (below and low - c > least))


@compiled
def judged(times: Five, values: Five, rough: float) -> tuple[float, float]:
    """The middle sample of five, or what its neighbours say when it alone is corrupt; and the roughness.

    A spike leaves the range spanned by its four neighbours and by the lines through each pair of them by
    more than three times the neighbours' own step; a sharp turn does not.
    """
    ta, tb, t, tc, td = times
    a, b, x, c, d = values
    if abs(x - b) > 4.0 * abs(b - a) + 15.0 * rough and paired(times, values, rough):
        return b + (d - b) * (t - tb) / (td - tb), rough
    if min(b, c) <= x <= max(b, c):
        return x, rough
    left = b + (b - a) * (t - tb) / max(tb - ta, 1e-3)
    right = c + (c - d) * (tc - t) / max(td - tc, 1e-3)
    step = max(abs(b - a), abs(d - c), 0.5 * abs(c - b))
    beyond = max(x - max(a, b, c, d, left, right), min(a, b, c, d, left, right) - x)
    if beyond > 3.0 * step + 12.0 * rough:
        return b + (c - b) * (t - tb) / max(tc - tb, 1e-9), rough
    return x, rough + 0.02 * (min(abs(x - 0.5 * (b + c)), 4.0 * rough + 1e-3 * step) - rough)


@compiled
def drawn(line: Line, t: float, x: float, origin: float, broken: int, tension: Floats, masked: Flags) -> Line:
    """Extend the grid by the straight line from the last sample to (t, x); return where it ends."""
    start, y, area, hidden, period, filled = line
    span = t - start
    slope = (x - y) / span
    unknown = span > max(MASK_PERIODS * period, MASK_S)
    if not unknown:
        period += 0.05 * (min(span, 2.0 * period) - period)
    edge = origin + (filled + 1) * GRID_S
    while edge <= t:
        width = edge - start
        area += width * (y + 0.5 * slope * width)
        if unknown:
            hidden += width
        tension[filled - broken] = area * GRID_HZ
        masked[filled - broken] = 1 if hidden > 0.5 * GRID_S else 0
        area, hidden, filled = 0.0, 0.0, filled + 1
        start, y = edge, y + slope * width
        edge = origin + (filled + 1) * GRID_S
    width = t - start
    area += width * (y + 0.5 * slope * width)
    if unknown:
        hidden += width
    return t, x, area, hidden, period, filled


@compiled
def line_of(f: Floats, i: Ints) -> Line:
    """What is kept of the line between two calls."""
    return f[LAST_T], f[LAST_X], f[AREA], f[HIDDEN], f[PERIOD], i[FILLED]


@compiled
def keep(line: Line, f: Floats, i: Ints) -> None:
    """Put it back."""
    f[LAST_T], f[LAST_X], f[AREA], f[HIDDEN], f[PERIOD], i[FILLED] = line


@compiled
def commit(f: Floats, i: Ints, t: float, x: float, tension: Floats, masked: Flags) -> None:
    """Take one judged sample into the grid."""
    if i[COMMITTED] == 0:
        i[COMMITTED] = 1
        f[ORIGIN], f[LAST_T], f[LAST_X] = t, t, x
        return
    keep(drawn(line_of(f, i), t, x, f[ORIGIN], i[BROKEN], tension, masked), f, i)
    i[COMMITTED] += 1
    rate(f, i)


@compiled
def rate(f: Floats, i: Ints) -> None:
    """Read the rate off, once enough samples are in."""
    if i[COMMITTED] == RATE_SAMPLES + 1:
        f[RATE] = RATE_SAMPLES / (f[LAST_T] - f[ORIGIN])


@compiled
def resample(time: Floats, values: Floats, f: Floats, i: Ints, tension: Floats, masked: Flags) -> None:
    """Take samples into the grid; ``i[FILLED]`` grid values exist afterwards, ``i[BROKEN]`` were dropped."""
    n = first_window(time, values, f, i, tension, masked)
    while n < len(time) and i[COMMITTED] <= RATE_SAMPLES:
        n = slid(time, values, n, n + 1, f, i, tension, masked)
        rate(f, i)
    if n < len(time):
        slid(time, values, n, len(time), f, i, tension, masked)


@compiled
def finer(f: Floats, i: Ints, step: float, filled: int) -> float:
    """Note the least difference between two samples so far, and when it was seen; return it.

    It is what the sensor's last digit stands for, as soon as tension has moved by one.
    """
    if i[FINER] < STEPS:
        f[STEPS_N + i[FINER]], f[STEPS_AT + i[FINER]] = step, float(filled)
        i[FINER] += 1
    return step


@compiled
def step_n(f: Floats, i: Ints, at: int) -> float:
    """What the last digit stands for, in newtons, as known at a grid sample counted from the first one."""
    step = 0.0
    for k in range(i[FINER]):
        if f[STEPS_AT + k] <= at:
            step = f[STEPS_N + k]
    return step


@compiled
def slid(
    time: Floats, values: Floats, n: int, end: int, f: Floats, i: Ints, tension: Floats, masked: Flags
) -> int:
    """Slide the full window over the samples from ``n`` to ``end``, and return the latter."""
    t, x = WINDOW_T, WINDOW_X
    ta, tb, tc, td, te = f[t], f[t + 1], f[t + 2], f[t + 3], f[t + 4]
    a, b, c, d, e = f[x], f[x + 1], f[x + 2], f[x + 3], f[x + 4]
    rough, origin, broken, line, taken = f[ROUGH], f[ORIGIN], i[BROKEN], line_of(f, i), 0
    raw, least = f[RAW], f[STEPS_N + i[FINER] - 1] if i[FINER] else np.inf
    for k in range(n, end):
        now, value = time[k], values[k]
        if not np.isfinite(value):
            continue
        apart, raw = abs(value - raw), value
        if apart < FINER_SHARE * least and apart > SAME_N * abs(value):
            least = finer(f, i, apart, line[5])
        if now - te < SAME_S:
            e = 0.5 * (e + value)
            i[DUPLICATES] += 1
            continue
        ta, tb, tc, td, te = tb, tc, td, te, now
        a, b, c, d, e = b, c, d, e, value
        sure, rough = judged((ta, tb, tc, td, te), (a, b, c, d, e), rough)
        if sure != c:
            i[SPIKES] += 1
            c = sure
        line = drawn(line, tc, c, origin, broken, tension, masked)
        taken += 1
    f[t], f[t + 1], f[t + 2], f[t + 3], f[t + 4] = ta, tb, tc, td, te
    f[x], f[x + 1], f[x + 2], f[x + 3], f[x + 4] = a, b, c, d, e
    f[ROUGH], f[RAW] = rough, raw
    i[COMMITTED] += taken
    keep(line, f, i)
    return end


@compiled
def first_window(time: Floats, values: Floats, f: Floats, i: Ints, tension: Floats, masked: Flags) -> int:
    """Hold samples until the window is full, commit its first three, and say how many were taken."""
    n = 0
    while n < len(time) and i[HELD] < WINDOW:
        now, value, held = time[n], values[n], i[HELD]
        n += 1
        if not np.isfinite(value):
            continue
        f[RAW] = value
        if held and now - f[WINDOW_T + held - 1] < SAME_S:
            f[WINDOW_X + held - 1] = 0.5 * (f[WINDOW_X + held - 1] + value)
            i[DUPLICATES] += 1
            continue
        f[WINDOW_T + held], f[WINDOW_X + held] = now, value
        i[HELD] = held + 1
        if held + 1 == WINDOW:
            if f[PERIOD] <= 0.0:
                f[PERIOD] = max((now - f[WINDOW_T]) / (WINDOW - 1), 1e-3)
            t, x = WINDOW_T, WINDOW_X
            stamps = f[t], f[t + 1], f[t + 2], f[t + 3], f[t + 4]
            sure, f[ROUGH] = judged(stamps, (f[x], f[x + 1], f[x + 2], f[x + 3], f[x + 4]), f[ROUGH])
            i[SPIKES] += sure != f[x + 2]
            f[x + 2] = sure
            for k in range(3):
                commit(f, i, f[t + k], f[x + k], tension, masked)
    return n


@compiled
def flush(f: Floats, i: Ints, tension: Floats, masked: Flags) -> None:
    """Commit what is still held at the end of a stream."""
    first = 3 if i[HELD] == WINDOW else 0
    for k in range(first, i[HELD]):
        commit(f, i, f[WINDOW_T + k], f[WINDOW_X + k], tension, masked)
    i[HELD] = 0
