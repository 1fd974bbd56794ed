# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Where the motion of one repetition starts and stops, roughly: what the edge estimator starts from."""

from analytics.signal.core.jit import Floats, Ints, compiled

MOVING = 0.15  # of the phase's peak speed: far above tremor, near enough to the edge
NEAR = 0.15  # of the excursion: within this of the top or the bottom a motion may end
SAGGED = 0.4  # how low a prescribed hold may sag and still be the hold ...
SAG_S = 80  # ... if tension rests there this many grid samples: a stall in the return is shorter
RESUMED = 0.10  # a stop after which the curve goes on this far was a stall
STEP, STAY_S = 0.25, 200  # of the rise, grid samples: so far below the top, so long a stay is another level

# integer outputs: the rough edges
C0, C1, C2, C3 = range(4)
ROUGH_INTS = 4


@compiled
def speed_at(s: Floats, j: int) -> float:
    """Central difference of the smoothed curve, newtons per grid sample."""
    if j <= 0:
        return float(s[1] - s[0])
    if j >= len(s) - 1:
        return float(s[-1] - s[-2])
    return float(0.5 * (s[j + 1] - s[j - 1]))


@compiled
def fastest(s: Floats, a: int, b: int, sign: float) -> float:
    """Peak of ``sign`` times the speed between two samples."""
    top = 0.0
    for j in range(a, b + 1):
        top = max(top, sign * speed_at(s, j))
    return top


@compiled
def leave(s: Floats, low: int, high: int, sign: float, near: float, peak_speed: float) -> int:
    """Start of the motion from ``low`` to ``high``: back from its last departure from the low end."""
    span = sign * (s[high] - s[low])
    j = high
    while j > low and sign * (s[j] - s[low]) > near * span:
        j -= 1
    while j > low and sign * speed_at(s, j) >= MOVING * peak_speed:
        j -= 1
    return j


@compiled
def arrive(s: Floats, low: int, high: int, sign: float, peak_speed: float) -> int:
    """End of the motion from ``low`` to ``high``: its first stop near the end that is no stall."""
    span = sign * (s[high] - s[low])
    j = low
    while j < high and sign * (s[high] - s[j]) > NEAR * span:
        j += 1
    while j < high:
        while j < high and sign * speed_at(s, j) >= MOVING * peak_speed:
            j += 1
        if sign * (s[high] - s[j]) <= RESUMED * span:
            break
        while j < high and sign * speed_at(s, j) < MOVING * peak_speed:
            j += 1
    return j


@compiled
def sagged_until(s: Floats, start: int, end: int, top: float, peak_speed: float) -> int:
    """Start of the return: later than the first sinking where tension then rested for long."""
    low, since, found = top - SAGGED * (top - s[end]), -1, start
    for j in range(start, end):
        if s[j] < low:
            break
        if abs(speed_at(s, j)) < MOVING * peak_speed:
            since = j if since < 0 else since
            if j - since >= SAG_S:
                found = j
        else:
            since = -1
    return found


@compiled
def last_level(s: Floats, valley: int, peak: int, speed: float) -> int:
    """Where the last rise to the peak can begin: not before a long stay half way up.

    Somebody who put the band on stands at another level than before; the next rise starts there.
    """
    low = s[peak] - STEP * (s[peak] - s[valley])
    still = 0
    for j in range(peak, valley, -1):
        still = still + 1 if s[j] < low and abs(speed_at(s, j)) < speed else 0
        if still >= STAY_S:
            return j + STAY_S // 2
    return valley


@compiled
def rough_edges(s: Floats, valley: int, peak: int, after: int, sag: bool, out: Ints) -> None:
    """Fill the rough edges of the repetition ``valley`` - ``peak`` - ``after`` on the smoothed curve."""
    up = fastest(s, valley, peak, 1.0)
    down = fastest(s, peak, after, -1.0)
    valley = last_level(s, valley, peak, MOVING * up)
    out[C0] = leave(s, valley, peak, 1.0, NEAR, up)
    out[C1] = arrive(s, out[C0], peak, 1.0, up)
    low = after
    for j in range(peak, after + 1):
        if s[j] < s[low]:
            low = j
    out[C3] = arrive(s, peak, low, -1.0, down)
    out[C2] = leave(s, peak, out[C3], -1.0, NEAR, down)
    if sag:
        out[C2] = sagged_until(s, out[C2], out[C3], s[peak], down)
