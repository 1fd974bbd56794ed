"""Exemplars of how a phase can begin: what the edge estimator weighs an observed beginning against.

A phase is a speed profile (a member of three broad shape classes) seen through a band whose stiffness
falls (or rises) along the way, smoothed as the data is, beginning from stillness or from a turning point.
Everything is in units of the time from 10 to 90 % of the excursion, so there is no time scale in it.
"""

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from analytics.signal.core.features import FEATURES, features
from analytics.signal.core.jit import Floats

POINTS = 300  # grid points per exemplar phase
SMOOTH = 0.05  # Gaussian sigma over the 10-90 % time
POWERS = (0.3, 1.0, 1.5, 2.0, 2.8, 4.0)  # speed ~ s^a (1-s)^b; 2, 2 is minimum jerk
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
STALLS = ((0.35, 0.8), (0.35, 2.0), (0.5, 1.4), (0.65, 0.8), (0.65, 2.0))
# Share of bands per concavity c of f(x) = x + c x (1 - x): published curves give 0.2 to 0.5 over the
# ranges exercises use; linear and stiffening ones are kept possible.
CONCAVITY = {0.6: 0.2, 0.4: 0.3, 0.2: 0.25, 0.0: 0.15, -0.2: 0.08, -0.4: 0.02}


def _speeds() -> list[Floats]:
    s = (np.arange(POINTS) + 0.5) / POINTS
    powers = [s**a * (1 - s) ** b for a in POWERS for b in POWERS]
    ramps = [np.clip(np.minimum(s / up, (1 - s) / down), 0, 1) for up, down in RAMPS]
    stalls = [(s * (1 - s)) ** a * (1 - 0.85 * np.exp(-(((s - c) / 0.09) ** 4))) for c, a in STALLS]
    return powers + ramps + stalls


def _exemplar(speed: Floats, concavity: float, turning: bool) -> Floats:
    """Feature times and the 5 % crossing of one exemplar, in 10-90 % times from the phase's start."""
    x = np.concatenate([[0.0], np.cumsum(speed)]) / speed.sum()
    crossing = float(np.argmax(speed >= 0.05 * speed.max()))
    f = x + concavity * x * (1 - x)
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
def library() -> tuple[Floats, Floats, Floats, Floats]:
    """Exemplars as (features (m, k), crossings (m,), log prior at a slack end (m,), at a taut end (m,))."""
    rows, slack, taut = [], [], []
    for concavity in sorted({*CONCAVITY, *(-c for c in CONCAVITY)}):
        for speed in _speeds():
            rows += [_exemplar(speed, concavity, turning) for turning in (False, True)]
            slack += 2 * [np.log(CONCAVITY.get(concavity, 1e-6))]
            taut += 2 * [np.log(CONCAVITY.get(-concavity, 1e-6))]
    table = np.array(rows)
    return (
        np.ascontiguousarray(table[:, :FEATURES]),
        np.ascontiguousarray(table[:, FEATURES]),
        np.array(slack),
        np.array(taut),
    )
