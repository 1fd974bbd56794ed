"""What people do in a band when they do not train: recordings that an edge network must not count in.

Made of the same random motions, bands and sensors as the strokes; nothing of the product's simulator.
"""

import numpy as np

from bench.learn_bands import stretched
from bench.learn_motion import FINE_HZ, log_uniform, speed
from bench.learn_strokes import sensed


def course(rng, moves):
    """Position at FINE_HZ through (level, seconds to get there, seconds to stay)."""
    parts, level = [], moves[0][0]
    for to, way_s, still_s in moves:
        count = int(way_s * FINE_HZ)
        way = np.cumsum(speed((np.arange(count) + 0.5) / count, rng))
        parts += [level + (to - level) * way / way[-1], np.full(int(still_s * FINE_HZ), to)]
        level = to
    return np.concatenate(parts)


def standing(_rng):
    return [(0.5, 0.1, 60.0)]


def walking(rng):
    """Strides of 0.4 to 0.7 s each way that ride on a worn band."""
    high, step_s = 1 + rng.uniform(0.05, 0.15), rng.uniform(0.4, 0.7)
    paces_s = step_s * np.exp(0.06 * rng.standard_normal((int(rng.integers(20, 50)), 2)))
    strides = [
        (level, way_s, 0.0) for both in paces_s for level, way_s in zip((high, 1.0), both, strict=True)
    ]
    return [(1.0, 0.1, 4.0), *strides, (1.0, 0.5, 4.0)]


def putting_on(rng):
    """Uneven tugs from next to nothing to a worn band."""
    tugs = []
    for _ in range(int(rng.integers(2, 7))):
        high = rng.uniform(0.1, 1.2)
        tugs += [(high, rng.uniform(0.3, 1.6), rng.uniform(0.1, 1.5))]
        tugs += [(rng.uniform(0, 0.7) * high, rng.uniform(0.2, 1), rng.uniform(0.1, 2))]
    return [(0.0, 0.1, 2.0), *tugs, (rng.uniform(0.3, 0.8), 0.6, 20.0)]


def shifting(rng):
    """Sits down, stands up, shifts weight: other levels, now and then."""
    count = int(rng.integers(3, 9))
    return [(rng.random(), rng.uniform(0.4, 2.5), log_uniform(rng, 1, 12)) for _ in range(count)]


def long_pull(rng):
    return [(0.0, 0.1, 3.0), (1.0, rng.uniform(0.7, 2), rng.uniform(7, 20)), (0.0, rng.uniform(0.7, 2), 3.0)]


DOINGS = (standing, walking, putting_on, shifting, long_pull)


def draw_idle(seed):
    """Seconds and newtons of somebody who does not train."""
    rng = np.random.default_rng(seed)
    position = course(rng, DOINGS[seed % len(DOINGS)](rng))
    peak_n = log_uniform(rng, 5, 100)
    tension_n, span_n = stretched(position, rng, peak_n)
    return sensed(tension_n, max(span_n, 0.1 * peak_n), rng, rng.choice([80.0, 80.0, 20.0]), peak_n)
