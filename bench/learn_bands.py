"""The bands of the random strokes that the edge network learns from: position to tension.

Concave to convex, and every way in which tension is known to depend on more than position: friction, branches
of a loop, speed, delay, relaxation; each from nothing to more than a good band has.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.signal import lfilter

from bench.learn_motion import FINE_HZ, amount, log_uniform


def branch(position, way):
    """-1 to 1: the branch of the loop, approached exponentially over a way after each turn."""
    step = np.diff(position, prepend=position[0])
    keep, side = np.exp(-np.abs(step) / way).tolist(), np.sign(step).tolist()
    state, out = 0.0, np.empty(len(position))
    for i in range(len(position)):
        if side[i]:
            state = side[i] + (state - side[i]) * keep[i]
        out[i] = state
    return out


def play(position, way):
    """-1 to 1: a play operator."""
    step = (np.diff(position, prepend=position[0]) / way).tolist()
    state, out = 0.0, np.empty(len(position))
    for i in range(len(position)):
        state = min(1.0, max(-1.0, state + step[i]))
        out[i] = state
    return out


def velocity(position, samples=4):
    return gaussian_filter1d(np.gradient(position) * FINE_HZ, samples)


def delayed_sign(position, rng):
    """The direction of motion, switching over a time rather than a way."""
    v = np.gradient(position) * FINE_HZ
    side = np.where(v > 0.02, 1.0, np.where(v < -0.02, -1.0, 0.0))
    last = np.maximum.accumulate(np.where(side != 0, np.arange(len(side)), 0))
    return uniform_filter1d(side[last], int(rng.uniform(0.03, 0.3) * FINE_HZ))


def elastic(position, rng):
    x = np.maximum(rng.uniform(0.02, 0.6) + rng.uniform(0.3, 1.5) * position, 0)
    kind = rng.integers(6)
    if kind == 0:
        stretch = 1 + x
        return (stretch - 1 / stretch**2) * (1 + rng.uniform(0, 2) / stretch)
    if kind == 1:
        return x ** rng.uniform(0.6, 1.0)
    if kind == 5:  # fabric stiffens
        return x ** rng.uniform(1.0, 2.2) if rng.random() < 0.5 else np.expm1(log_uniform(rng, 0.2, 2.5) * x)
    bend = {2: 0.0, 3: -rng.uniform(0, 0.28), 4: rng.uniform(0, 0.4)}[int(kind)]
    return x * (1 + bend * x / x.max())


def by_rate(f, position, _span, rng):
    """Loss that goes with speed and is gone when the motion stops: it saturates, or grows as a power."""
    v = velocity(position) / log_uniform(rng, 0.05, 0.7)
    shape = np.tanh(v) if rng.random() < 0.6 else np.sign(v) * np.abs(v) ** rng.uniform(0.2, 1.0)
    return f * (1 + amount(rng, 0.002, 0.05) * shape / max(np.abs(shape).max(), 1e-9))


def by_branch(f, position, _span, rng):
    return f * (1 + amount(rng, 0.002, 0.05) * branch(position, log_uniform(rng, 0.01, 0.15)))


def by_play(f, position, _span, rng):
    return f * (1 + amount(rng, 0.002, 0.05) * play(position, log_uniform(rng, 0.02, 0.15)))


def by_friction(f, position, span, rng):
    return f + amount(rng, 0.003, 0.06) * span * play(position, log_uniform(rng, 0.005, 0.1))


def by_loss(f, position, _span, rng):
    return f + amount(rng, 0.004, 0.12) * branch(position, log_uniform(rng, 0.01, 0.15)) * (f - f.min())


def by_delay(f, position, _span, rng):
    return f * (1 + amount(rng, 0.002, 0.03) * delayed_sign(position, rng))


LOSSES = (lambda f, *_: f, by_rate, by_branch, by_play, by_friction, by_loss, by_delay)
SHARES = (0.25, 0.47, 0.61, 0.71, 0.8, 0.9)  # of bands, added up


def stretched(position, rng, peak_n):
    """Tension in newtons, and its span."""
    f = elastic(position, rng)
    f = f / np.percentile(f, 98) * peak_n
    span = np.percentile(f, 98) - f[0]
    f = LOSSES[np.searchsorted(SHARES, rng.random())](f, position, span, rng)
    kind = rng.random()
    memories_s = [] if kind > 0.8 else [log_uniform(rng, 0.3, 8)] if kind < 0.4 else [0.5, 5, 50]
    share, fresh = amount(rng, 0.005, 0.15), f
    for memory_s in memories_s:
        keep = np.exp(-1 / (memory_s * FINE_HZ))
        follower, _ = lfilter([1 - keep], [1, -keep], fresh, zi=[keep * fresh[0]])
        f = f - share / len(memories_s) * (follower - fresh[0])
    return f, span
