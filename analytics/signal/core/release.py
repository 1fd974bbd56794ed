# ruff: noqa: PLR0917 - compiled code passes flat arrays, not records
"""A band that slips or breaks: when it let go, and how the way back had begun before that."""

import numpy as np

from analytics.signal.core.jit import GRID_HZ, Flags, Floats, compiled
from analytics.signal.core.rough import C2, C3, ROUGH_INTS, rough_edges
from analytics.signal.core.smooth import smoothed
from analytics.signal.core.track import SMOOTH_S

BELOW_WORN = 0.06  # of the excursion: the band pulls less than when it is worn
NOTHING = 0.06  # of the height: what noise leaves of nothing
BACK = 0.08  # of the excursion: so far the way back had come, or tension let go in the hold
PACE = 20  # grid samples before it let go that tell how quick the way back was
MEAN = 4  # grid samples of the means that this is taken between
LONGEST = 1000  # grid samples a way back is continued for


@compiled
def let_go(tension: Floats, a: int, b: int, levels: tuple[float, float], share: float, within: int) -> int:
    """Where tension begins to fall from above a share of the peak to nothing within so many samples, or -1.

    Nothing is where it ends up, since a tare may be wrong: below the worn tension, or at it after a fall
    that no returning limb makes.
    """
    peak, start = levels
    b = min(b, len(tension) - 1)
    zero = peak
    for j in range(max(a, 0), b - 3):
        zero = min(
            zero, 0.2 * (tension[j] + tension[j + 1] + tension[j + 2] + tension[j + 3] + tension[j + 4])
        )
    height = peak - zero
    quick = within + 1 if start - zero > BELOW_WORN * (peak - start) else within - 1
    for j in range(max(a, 0), b - quick + 1):
        if tension[j] - zero > share * height and tension[j + quick] - zero < NOTHING * height:
            return j
    return -1


@compiled
def level_at(tension: Floats, j: int) -> float:
    """Mean of the ``MEAN`` samples up to ``j``."""
    total = 0.0
    for k in range(MEAN):
        total += tension[max(j - k, 0)]
    return total / MEAN


@compiled
def carried_on(tension: Floats, at: int, start_n: float) -> Floats:
    """The curve as if the way back had gone on at its pace from ``at`` to the level it came from."""
    here = level_at(tension, at)
    pace = max((level_at(tension, at - PACE) - here) / PACE, 0.0)
    left = int(min(max(here - start_n, 0.0) / (pace + 1e-9), float(LONGEST)))
    out = np.empty(at + left + int(GRID_HZ))
    for k in range(len(out)):
        out[k] = tension[k] if k <= at else max(here - pace * (k - at), start_n)
    return out


@compiled
def way_back(
    tension: Floats, hidden: Flags, turns: tuple[int, int], at: int, levels: tuple[float, float], hold: float
) -> tuple[Floats, Floats, Flags, int, int]:
    """The curve without the release, smoothed, what of it is unknown, and the rough edges of its way back.

    ``turns`` are the valley before and the peak; no edges (both 0) where the way back had hardly begun.
    """
    peak, start = levels
    if peak - level_at(tension, at) < BACK * (peak - start) or at - PACE < MEAN:
        return tension, tension, hidden, 0, 0
    whole = carried_on(tension, at, start)
    s = smoothed(whole, 0, len(whole) - 1, 1.0, SMOOTH_S * GRID_HZ)
    rough = np.empty(ROUGH_INTS, np.int64)
    rough_edges(s, turns[0], turns[1], len(s) - 1, hold, rough)
    unknown = np.zeros(len(whole), np.uint8)
    for k in range(at + 1):
        unknown[k] = hidden[k]
    return whole, s, unknown, rough[C2], rough[C3]
