# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Where the motion of one repetition starts and stops, roughly: what the edge estimator starts from."""

from analytics.signal.core.jit import Floats, Ints, compiled

MOVING = 0.15  # of the phase's peak speed: far above tremor, near enough to the edge
NEAR = 0.15  # of the excursion: within this of the top or the bottom a motion may end
SAGGED = 0.4  # how low a prescribed hold may sag and still be the hold ...
SAG_S = 80  # ... if tension rests there this many grid samples: a stall in the return is shorter
HELD = 0.7  # of the prescribed hold: after so much of it tension may sink for good
RESUMED = 0.10  # a stop after which the curve goes on this far was a stall
LITTLE, LIVELY, PAUSE_S = 0.05, 0.25, 150  # or this far, so quick, after so many grid samples at most
BACK = 0.02  # and with no more than this coming back before
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
def lively(s: Floats, a: int, b: int, sign: float, speed: float, back: float) -> int:
    """The first sample from ``a`` towards ``b``, either way, that is so quick, after a pause; or -1.

    What comes back by ``back`` newtons in between was no pause: a hold that sagged and was won back.
    """
    step = 1 if b > a else -1
    for n in range(min(abs(b - a), PAUSE_S)):
        k = a + step * n
        if step * sign * (s[a] - s[k]) > back:
            break
        if sign * speed_at(s, k) >= speed:
            return k
    return -1


@compiled
def leave(s: Floats, low: int, high: int, sign: float, near: float, peak_speed: float) -> int:
    """Start of the motion from ``low`` to ``high``: back from its last departure from the low end.

    A pause after a short, lively beginning is a stall.
    """
    span = sign * (s[high] - s[low])
    j = high
    while j > low and sign * (s[j] - s[low]) > near * span:
        j -= 1
    while j > low:
        while j > low and sign * speed_at(s, j) >= MOVING * peak_speed:
            j -= 1
        before = lively(s, j, low, sign, LIVELY * peak_speed, BACK * span)
        if before < 0 or sign * (s[j] - s[low]) <= LITTLE * span:
            break
        j = before
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
        left = sign * (s[high] - s[j])
        if left <= LITTLE * span:
            break
        if left <= RESUMED * span and lively(s, j, high, sign, LIVELY * peak_speed, BACK * span) < 0:
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
def rough_edges(s: Floats, valley: int, peak: int, after: int, hold: float, out: Ints) -> None:
    """Fill the rough edges of the repetition ``valley`` - ``peak`` - ``after`` on the smoothed curve.

    ``hold`` is the prescribed one in grid samples, 0 for none. Tension that sinks before most of it has
    passed was a hold that sagged; later it is the way back, whatever stall it has.
    """
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
    if out[C2] - out[C1] < HELD * hold:
        out[C2] = sagged_until(s, out[C2], out[C3], s[peak], down)
