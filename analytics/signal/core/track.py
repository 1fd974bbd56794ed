# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""Find rises and falls on the smoothed grid, online, by hysteresis relative to the current reps.

A reversal counts when it is a share of the reference excursion (or of the leg's own amplitude while no
reference is known), never of a session maximum and never an absolute force. A fall that comes to rest
closes the repetition, so that its end is final within a second although the rest may last for minutes.
"""

import numpy as np

from analytics.signal.core.jit import GRID_HZ, Floats, Ints, compiled
from analytics.signal.core.smooth import BLOCK, eight

SMOOTH_S = 0.08  # passes a phase of 0.3 s at 70 %, stops tremor of 5 Hz at 4 %
HALF = 24  # taps each side: three standard deviations
SETTLE = 70  # grid samples of stillness, or of look-ahead after a valley, before a repetition is final
STALL = 250  # the same where the fall rests above its start: a stall, not yet an end
DOWN = 0.85  # of the rise: so much of it has been lost where a fall has ended
MAX_REP = 6000  # a rise and fall longer than a minute is a hold
STILL = 0.08  # of the fall's own peak speed

# integer state
NEXT, MODE, EXTREME, BASE, OPEN, MOVED, VALLEY, PEAK, AFTER, CLOSED, SMOOTHED = range(11)
TRACK_INTS = 11
# float state
EXTREME_N, BASE_N, NOISE, REFERENCE, SHARE, FASTEST, VALLEY_N = range(7)
TRACK_FLOATS = 7
FALLING, RISING = 0, 1
RAN_OUT, FOUND = 0, 1
INDICES = (NEXT, EXTREME, BASE, MOVED, VALLEY, PEAK, AFTER, SMOOTHED)

_TAPS = np.exp(-0.5 * (np.arange(-HALF, HALF + 1) / (SMOOTH_S * GRID_HZ)) ** 2)
TAPS = _TAPS / _TAPS.sum()


@compiled
def smooth_to(tension: Floats, smooth: Floats, usable: int, i: Ints, taps: Floats) -> None:
    """Gaussian means up to ``usable``; before the first sample the curve stands still.

    Blocks lie where they would lie in any other cut of the stream: so each mean is the same to the bit.
    A block may reach beyond ``usable``; what it puts there is made anew once its samples are known.
    """
    at = i[SMOOTHED]
    while at < usable:
        if at >= HALF:
            eight(tension, at - HALF, taps, smooth, at)
        else:
            for j in range(at, at + BLOCK):
                total = 0.0
                for k in range(2 * HALF + 1):
                    total += taps[k] * tension[max(j - HALF + k, 0)]
                smooth[j] = total
        at += BLOCK
    i[SMOOTHED] = max(i[SMOOTHED], usable - usable % BLOCK)


@compiled
def reversal_n(leg: float, share: float, least: float) -> float:
    """How far the curve must come back before a turning point is believed."""
    return max(least, share * leg)


@compiled
def least_n(f: Floats, noise: float) -> float:
    """Less than this is never a reversal: noise, or little beside the reference."""
    floor = 8.0 * noise + 1e-9
    return max(floor, 0.85 * f[SHARE] * f[REFERENCE]) if f[REFERENCE] > 0.0 else floor


@compiled
def noise_after(noise: float, rest: float, j: int) -> float:
    """The running noise with one more grid sample: quickly at first, then slowly and without outliers."""
    if j < 50:
        return noise + 0.2 * (rest - noise)
    return noise + 0.01 * (min(rest, 4.0 * noise) - noise)


@compiled
def fall(f: Floats, i: Ints, s: float, j: int) -> None:
    """Believe the peak: what comes now is its way back."""
    i[MODE], i[OPEN] = FALLING, 1
    i[VALLEY], i[PEAK] = i[BASE], i[EXTREME]
    f[VALLEY_N] = f[BASE_N]
    i[BASE], f[BASE_N] = i[EXTREME], f[EXTREME_N]
    i[EXTREME], f[EXTREME_N] = j, s
    i[MOVED], f[FASTEST] = j, 0.0


@compiled
def rise(f: Floats, i: Ints, s: float, j: int) -> None:
    """Believe the valley: what comes now is a way out."""
    i[AFTER], i[MODE] = i[EXTREME], RISING
    i[BASE], f[BASE_N] = i[EXTREME], f[EXTREME_N]
    i[EXTREME], f[EXTREME_N] = j, s
    i[CLOSED] = 0


@compiled
def rested(f: Floats, i: Ints, j: int, speed: float) -> bool:
    """Whether the way back has come to rest for so long that the repetition is complete."""
    f[FASTEST] = max(f[FASTEST], -speed)
    if -speed > STILL * f[FASTEST]:
        i[MOVED] = j
    low = f[BASE_N] - f[EXTREME_N] > DOWN * (f[BASE_N] - f[VALLEY_N])
    return bool(j - i[MOVED] >= (SETTLE if low else STALL))


@compiled
def step_down(f: Floats, i: Ints, s: float, j: int, speed: float, least: float) -> bool:
    """A falling leg: follow the minimum; True once the open repetition is complete."""
    complete = i[OPEN] == 1 and rested(f, i, j, speed)
    if s <= f[EXTREME_N]:
        f[EXTREME_N], i[EXTREME] = s, j
    else:
        leg = f[BASE_N] - f[EXTREME_N] if i[OPEN] else 0.0
        if s - f[EXTREME_N] > reversal_n(leg, f[SHARE], least):
            complete = i[OPEN] == 1
            rise(f, i, s, j)
            return bool(complete)
    if complete:
        i[AFTER], i[CLOSED] = i[MOVED], 1
    return bool(complete)


@compiled
def step_up(f: Floats, i: Ints, s: float, j: int, sag: float, least: float) -> None:
    """A rising leg: follow the maximum, believe the peak once the fall is large enough."""
    if s >= f[EXTREME_N]:
        f[EXTREME_N], i[EXTREME] = s, j
    elif f[EXTREME_N] - s > reversal_n(f[EXTREME_N] - f[BASE_N], sag, least):
        fall(f, i, s, j)


@compiled
def track(tension: Floats, smooth: Floats, usable: int, f: Floats, i: Ints, taps: Floats, sag: float) -> int:
    """Walk the grid up to ``usable``; stop with FOUND just after a repetition is complete."""
    smooth_to(tension, smooth, usable, i, taps)
    noise, j, found = f[NOISE], i[NEXT], RAN_OUT
    if j == 0 and usable > 0:
        f[EXTREME_N], f[BASE_N] = smooth[0], smooth[0]
    while j < usable and found == RAN_OUT:
        s = smooth[j]
        noise = noise_after(noise, abs(tension[j] - s), j)
        if i[MODE] == RISING:
            step_up(f, i, s, j, sag, least_n(f, noise))
        elif j > 0 and step_down(f, i, s, j, s - smooth[j - 1], least_n(f, noise)):
            i[OPEN], found = 0, FOUND
        j += 1
    f[NOISE], i[NEXT] = noise, j
    return found
