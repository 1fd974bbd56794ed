"""Exemplars of how a phase can begin: what the edge estimator weighs an observed beginning against.

A phase is a speed profile (a member of three broad shape classes) seen through a band whose stiffness
falls (or rises) along the way and whose tension drops when the motion turns, smoothed as the data is,
beginning from stillness or from a turning point.
Everything is in units of the time from 10 to 90 % of the excursion, so there is no time scale in it.
"""

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from analytics.signal.core.features import FEATURES, features
from analytics.signal.core.jit import Floats, Ints

POINTS = 300  # grid points per exemplar phase
SMOOTH = 0.05  # Gaussian sigma over the 10-90 % time
POWERS = (0.3, 1.0, 1.6, 2.3, 3.8)  # speed ~ s^a (1-s)^b; 2, 2 is minimum jerk
RAMPS = (
    (0.02, 0.02),
    (0.02, 0.25),
    (0.08, 0.08),
    (0.1, 0.4),
    (0.15, 0.15),
    (0.25, 0.1),
    (0.25, 0.25),
    (0.4, 0.1),
    (0.4, 0.45),
)
STEPS = tuple((ramp, ratio) for ramp in (0.05, 0.2) for ratio in (0.4, 0.65, 1.5, 2.5))  # two speeds
STALLS = ((0.35, 0.8), (0.35, 2.0), (0.5, 0.8), (0.5, 2.0), (0.65, 0.8), (0.65, 2.0))

# Share of bands per concavity c of f(x) = x + c x (1 - x), x from the slack end: published curves give 0.2
# to 0.5 over the ranges exercises use; linear ones are kept possible.
CONCAVITY = {0.6: 0.2, 0.4: 0.3, 0.2: 0.3, 0.0: 0.2}
# Share of bands per drop of tension when the motion turns (hysteresis, friction at the anchor), as a share
# of the excursion, taken over TURN_WAY of the way.
DROPS = {0.0: 0.5, 0.07: 0.5}
TURN_WAY = 0.08

KINDS = 4
SLACK_START, TAUT_END, TAUT_START, SLACK_END = range(KINDS)


def _speeds() -> list[Floats]:
    s = (np.arange(POINTS) + 0.5) / POINTS
    powers = [s**a * (1 - s) ** b for a in POWERS for b in POWERS]
    ramps = [np.clip(np.minimum(s / up, (1 - s) / down), 0, 1) for up, down in RAMPS]
    steps = [
        np.clip(np.minimum(s, 1 - s) / ramp, 0, 1) * (1 + (ratio - 1) / (1 + np.exp((0.5 - s) / 0.06)))
        for ramp, ratio in STEPS
    ]
    stalls = [(s * (1 - s)) ** a * (1 - 0.85 * np.exp(-(((s - c) / 0.09) ** 4))) for c, a in STALLS]
    return powers + ramps + steps + stalls


def _exemplar(speed: Floats, concavity: float, drop: float, turning: bool) -> Floats:
    """Feature times and the 5 % crossing of one exemplar, in 10-90 % times from the phase's start."""
    x = np.concatenate([[0.0], np.cumsum(speed)]) / speed.sum()
    crossing = float(np.argmax(speed >= 0.05 * speed.max()))
    f = x + concavity * x * (1 - x) + drop * (1 - np.exp(-x / TURN_WAY))
    f /= f[-1]
    h = float(np.argmax(f >= 0.9) - np.argmax(f > 0.1) + 1)
    before = f[:0:-1] if turning else np.zeros(POINTS)
    y = gaussian_filter1d(np.concatenate([before, f, np.ones(POINTS)]), SMOOTH * h)
    start = POINTS // 2 + int(np.argmin(y[POINTS // 2 : POINTS + POINTS // 2])) if turning else POINTS // 2
    base = y[start] if turning else 0.0
    seen = y[start : 2 * POINTS + POINTS // 4]
    out = np.empty(FEATURES)
    features((seen - base) / (1 - base), np.gradient(seen), out)
    return np.append(out + start - POINTS, crossing) / h


@cache
def library() -> tuple[Floats, Floats, Floats, Ints]:
    """Exemplars of all kinds, one after the other.

    Returns:
        Feature times, shape (FEATURES, m); 5 % crossings and log priors, shape (m,); where each kind begins,
        shape (KINDS + 1,).
    """
    rows: list[Floats] = []
    priors: list[float] = []
    starts = [0]
    for kind in range(KINDS):
        sign = 1.0 if kind in (SLACK_START, SLACK_END) else -1.0
        drops = DROPS if kind in (SLACK_START, TAUT_START) else {0.0: 1.0}
        for concavity, share in CONCAVITY.items():
            for drop, chance in drops.items():
                for speed in _speeds():
                    rows += [_exemplar(speed, sign * concavity, drop, turning) for turning in (False, True)]
                    priors += 2 * [float(np.log(share * chance))]
        starts.append(len(rows))
    table = np.array(rows).T
    marks, crossings = np.ascontiguousarray(table[:FEATURES]), np.ascontiguousarray(table[FEATURES])
    return marks, crossings, np.array(priors), np.array(starts, np.int64)
