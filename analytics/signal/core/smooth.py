"""Weighted means along the grid, eight at a time: the machine then works on several of them at once."""

import numpy as np

from analytics.signal.core.jit import Floats, compiled

BLOCK = 8


@compiled
def eight(x: Floats, start: int, taps: Floats, out: Floats, at: int) -> None:
    """Means under ``taps`` of the eight stretches of ``x`` from ``start`` on, into ``out`` from ``at`` on."""
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(len(taps)):
        w, j = taps[k], start + k
        a += w * x[j]
        b += w * x[j + 1]
        c += w * x[j + 2]
        d += w * x[j + 3]
        e += w * x[j + 4]
        f += w * x[j + 5]
        g += w * x[j + 6]
        h += w * x[j + 7]
    out[at], out[at + 1], out[at + 2], out[at + 3] = a, b, c, d
    out[at + 4], out[at + 5], out[at + 6], out[at + 7] = e, f, g, h


@compiled
def smoothed(tension: Floats, a: int, b: int, sign: float, sigma: float) -> Floats:
    """``sign`` times the tension from ``a`` to ``b`` (inclusive) under a Gaussian of ``sigma`` samples.

    Beyond the ends of the array the curve stands still.
    """
    half = int(np.ceil(3.5 * sigma))
    taps = np.empty(2 * half + 1)
    total = 0.0
    for k in range(2 * half + 1):
        taps[k] = np.exp(-0.5 * ((k - half) / sigma) ** 2)
        total += taps[k]
    for k in range(2 * half + 1):
        taps[k] *= sign / total
    n = b - a + 1
    blocks = (n + BLOCK - 1) // BLOCK
    source, last = np.empty(blocks * BLOCK + 2 * half), len(tension) - 1
    for k in range(len(source)):
        source[k] = tension[min(max(a - half + k, 0), last)]
    out = np.empty(blocks * BLOCK)
    for k in range(blocks):
        eight(source, k * BLOCK, taps, out, k * BLOCK)
    return out[:n]
