# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Announce phase changes at once, provisionally: causal, from the newest grid samples and past repetitions.

The slope of a line through the last 0.16 s lags by 0.08 s; with the samples held back against corruption the
announcement comes within 150 ms at 80 Hz. Out of a dwell, a line half as long says it sooner for those whose
hands are calm: each line is believed by what it saw of the dwells before. Where earlier repetitions turn
without a dwell, the turn is announced as the speed dies away, before it can be seen in the level.
"""

from analytics.signal.core.jit import Floats, Ints, compiled

WINDOW = 16
LAG = WINDOW // 2
SHORT = 8  # the second line
TURN = 0.04  # of the phase's peak speed: so slow, where no dwell is expected, is the turn
TAIL = 0.05  # of a movement's length passes from there to the turn, minimum jerk ...
SEEN_LATE = 10.0  # ... of which these grid samples have passed when the line shows it
STOP = 0.10  # the same where a dwell is expected: it begins at 5 %, a moment later
START = 0.06  # of the usual peak speed: so quick is a start
MOVED = 0.005  # of the usual excursion: so far is a start
PLAIN = 0.15  # of the usual excursion: so far is a start however unsteady the dwell was
FAR = 0.7  # of the usual excursion: before this a slow moment is a stall
WAIT = 35  # grid samples after which an expected turn that did not come was a dwell
CREPT = 0.02  # of the usual excursion: so far a dwell may creep in that time
DOUBTS = 3.0  # standard deviations of the slope at rest
SURER = 1.15  # so many times more of the shorter line's

REST, CONCENTRIC, HOLD, ECCENTRIC = range(4)
Line = tuple[float, float]  # level and slope
# integer state
AT, PHASE, SINCE, SLOW = range(4)
HERALD_INTS = 4
# float state; the first five are told after each repetition
UP_SPEED, DOWN_SPEED, USUAL, HOLDS, RESTS, PEAK_SPEED, LOW, HIGH, CALM, CALM_SHORT = range(10)
HERALD_FLOATS = 10


@compiled
def line(tension: Floats, j: int, window: int) -> tuple[float, float]:
    """Level at the middle and slope per sample of the line through the ``window`` samples up to ``j``."""
    mean, top, bottom = 0.0, 0.0, 0.0
    centre = 0.5 * (window - 1)
    for k in range(window):
        y = tension[j - window + 1 + k]
        mean += y
        top += (k - centre) * y
        bottom += (k - centre) ** 2
    return mean / window, top / bottom


@compiled
def enter(i: Ints, f: Floats, phase: int, j: int, level: float) -> None:
    """Begin a phase: its peak speed and its extremes start anew."""
    i[PHASE], i[SINCE], i[SLOW] = phase, j, 0
    f[PEAK_SPEED] = 0.0
    f[LOW], f[HIGH] = level, level


@compiled
def moving(f: Floats, i: Ints, j: int, way: float, speed: float, dwell_expected: bool) -> bool:
    """Whether a movement that has come ``way`` at ``speed`` at sample ``j`` has ended.

    The tail of a movement is a share of its length: a slow one turns later after it has become slow.
    """
    f[PEAK_SPEED] = max(f[PEAK_SPEED], speed)
    limit = max((STOP if dwell_expected else TURN) * f[PEAK_SPEED], 0.5 * f[CALM])
    i[SLOW] = i[SLOW] + 1 if speed <= limit else 0
    if f[USUAL] > 0.0:
        tail = 0.0 if dwell_expected or speed < -limit else TAIL * (j - i[SINCE]) - SEEN_LATE
        return bool(i[SLOW] > max(tail, 0.0) and way > FAR * f[USUAL])
    return bool(i[SLOW] >= LAG and way > DOUBTS * WINDOW * f[CALM])


@compiled
def started(f: Floats, way: float, speed: float, usual_speed: float, calm: float) -> bool:
    """Whether a movement away from a dwell is under way."""
    if f[USUAL] > 0.0 and way > PLAIN * f[USUAL] and speed > 0.0:
        return True
    if speed <= max(START * usual_speed, DOUBTS * calm):
        return False
    return bool(way > (MOVED * f[USUAL] if f[USUAL] > 0.0 else DOUBTS * WINDOW * calm))


@compiled
def calmer(calm: float, slope: float) -> float:
    """The running unsteadiness of a dwell with one more slope."""
    return calm + 0.02 * (min(1.25 * abs(slope), 1.5 * calm + 1e-9) - calm)


@compiled
def after_dwell(f: Floats, i: Ints, j: int, long: Line, short: Line) -> int:
    """The movement that began out of a rest or a hold, or -1."""
    sign, usual = (1.0, f[UP_SPEED]) if i[PHASE] == REST else (-1.0, f[DOWN_SPEED])
    from_n = f[LOW] if i[PHASE] == REST else f[HIGH]
    began = started(f, sign * (long[0] - from_n), sign * long[1], usual, f[CALM])
    if not began and f[USUAL] > 0.0:
        began = started(f, sign * (short[0] - from_n), sign * short[1], usual, SURER * f[CALM_SHORT])
    if j - i[SINCE] > WINDOW:  # the lines no longer see the movement before
        f[CALM], f[CALM_SHORT] = calmer(f[CALM], long[1]), calmer(f[CALM_SHORT], short[1])
    if not began:
        return -1
    return CONCENTRIC if i[PHASE] == REST else ECCENTRIC


@compiled
def after_rise(f: Floats, i: Ints, j: int, level: float, slope: float) -> int:
    """What began after a rise, or -1; the first rise tells what is usual."""
    if not moving(f, i, j, level - f[LOW], slope, f[HOLDS] > 0.0):
        return -1
    if f[USUAL] <= 0.0:
        f[USUAL] = f[HIGH] - f[LOW]
        f[UP_SPEED], f[DOWN_SPEED] = f[PEAK_SPEED], 0.5 * f[PEAK_SPEED]
        return HOLD
    return HOLD if f[HOLDS] > 0.0 else ECCENTRIC


@compiled
def stayed(f: Floats, i: Ints, j: int, speed: float) -> bool:
    """Whether a movement that was announced ahead of its turn did not come."""
    usual = f[UP_SPEED] if i[PHASE] == CONCENTRIC else f[DOWN_SPEED]
    way = f[HIGH] - f[LOW]
    slow = speed < START * usual and way < CREPT * f[USUAL]
    return bool(i[SINCE] + WAIT == j and (slow or way < MOVED * f[USUAL]))


@compiled
def advance(f: Floats, i: Ints, j: int, long: Line, short: Line) -> int:
    """One step; the phase that began now, or -1."""
    phase, (level, slope) = i[PHASE], long
    f[LOW], f[HIGH] = min(f[LOW], level), max(f[HIGH], level)
    if phase in (REST, HOLD):
        return after_dwell(f, i, j, long, short)
    if stayed(f, i, j, slope if phase == CONCENTRIC else -slope):
        return REST if phase == CONCENTRIC else HOLD
    if phase == CONCENTRIC:
        return after_rise(f, i, j, level, slope)
    if moving(f, i, j, f[HIGH] - level, -slope, f[RESTS] > 0.0):
        return REST if f[RESTS] > 0.0 else CONCENTRIC
    return -1


@compiled
def herald(tension: Floats, filled: int, f: Floats, i: Ints, phases: Ints, samples: Ints) -> int:
    """Walk to the newest grid sample; fill what began and at which sample it was said; return how many."""
    n = 0
    j = max(int(i[AT]), WINDOW - 1)
    while j < filled:
        long, short = line(tension, j, WINDOW), line(tension, j, SHORT)
        if j == WINDOW - 1:
            f[LOW], f[HIGH] = long[0], long[0]
            f[CALM], f[CALM_SHORT] = abs(long[1]) + 1e-9, abs(short[1]) + 1e-9
        began = advance(f, i, j, long, short)
        if began >= 0:
            enter(i, f, began, j, long[0])
            if n < len(phases):
                phases[n], samples[n] = began, j
                n += 1
        j += 1
    i[AT] = j
    return n
