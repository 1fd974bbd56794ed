"""Spectral arc length of a phase's speed: smoothness that does not depend on amplitude or duration.

Balasubramanian et al. 2015 (J NeuroEng Rehabil 12:112), padding level 4, cut-off 10 Hz, amplitude
threshold 0.05, applied to |dT/dt|. 0 is smoothest, more negative is jerkier.
"""

import numpy as np

from analytics.signal.core.jit import GRID_HZ, Floats, compiled

CUT_HZ = 10.0
THRESHOLD = 0.05
PAD_LEVEL = 4
DECIMATE = 4  # 25 Hz still carries the 10 Hz cut-off


@compiled
def decimated_speed(y: Floats) -> Floats:
    """|dT/dt| averaged over blocks of ``DECIMATE`` grid samples."""
    n = max((len(y) - 1) // DECIMATE, 1)
    out = np.empty(n)
    for k in range(n):
        a = k * DECIMATE
        out[k] = abs(y[min(a + DECIMATE, len(y) - 1)] - y[a])
    return out


@compiled
def spectrum(v: Floats, bins: int, step: float) -> Floats:
    """Magnitudes at the first ``bins`` multiples of ``step`` radians per sample, by Goertzel's recursion.

    All bins advance together, sample by sample, so that the machine does several at once.
    """
    c, s1, s2 = np.empty(bins), np.zeros(bins), np.zeros(bins)
    for k in range(bins):
        c[k] = 2.0 * np.cos(k * step)
    for x in v:
        for k in range(bins):
            s0 = x + c[k] * s1[k] - s2[k]
            s2[k] = s1[k]
            s1[k] = s0
    for k in range(bins):
        s1[k] = np.sqrt(max(s1[k] * s1[k] + s2[k] * s2[k] - c[k] * s1[k] * s2[k], 0.0))
    return s1


@compiled
def sparc(y: Floats) -> float:
    """Spectral arc length of a phase given by its level ``y``, shape (n,), on the grid."""
    v = decimated_speed(y)
    padded = 1
    while padded < len(v):
        padded *= 2
    padded *= 2**PAD_LEVEL
    hz = GRID_HZ / DECIMATE
    bins = int(CUT_HZ * padded / hz) + 1
    m = spectrum(v, bins, 2.0 * np.pi / padded)
    top = 0.0
    for k in range(bins):
        top = max(top, m[k])
    if top <= 0.0:
        return np.nan
    last = bins - 1
    while last > 1 and m[last] < THRESHOLD * top:
        last -= 1
    arc = 0.0
    for k in range(1, last + 1):
        arc += np.sqrt(1.0 / last**2 + ((m[k] - m[k - 1]) / top) ** 2)
    return -arc
