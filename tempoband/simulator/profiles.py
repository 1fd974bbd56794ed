"""How the limb's speed is shaped within one phase: families of motion, by name.

A scorer that was tuned on some families is judged on the others, so ``HELD_OUT_FAMILIES`` and
``LATE_FAMILIES`` are sets of whole families, not of seeds. Every phase draws its own shape within its family.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tempoband.simulator.errors import SimulatorError

FloatArray = npt.NDArray[np.float64]
SpeedShape = Callable[[FloatArray, np.random.Generator], FloatArray]
"""Speed at phase time u in 0..1, any scale, not negative."""

BOUNDARY_SPEED = 0.05  # of the phase's own peak speed: design section 4
_U = np.linspace(0.0, 1.0, 513)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One phase's course from 0 to 1.

    Attributes:
        u: shape (513,), share of the movement's time.
        s: shape (513,), share of the way.
        first: share of the time at which speed first exceeds 5 % of its peak.
        last: share of the time at which it last does.
    """

    u: FloatArray
    s: FloatArray
    first: float
    last: float


def _minimum_jerk(u: FloatArray, _rng: np.random.Generator) -> FloatArray:
    return u**2 * (1 - u) ** 2  # Flash and Hogan 1985


def _constant_speed(u: FloatArray, rng: np.random.Generator) -> FloatArray:
    ramp = rng.uniform(0.06, 0.18)  # acceleration is finite
    return np.minimum(1.0, np.minimum(u, 1 - u) / ramp)


def _early_peak(u: FloatArray, rng: np.random.Generator) -> FloatArray:
    return u ** rng.uniform(1.0, 1.6) * (1 - u) ** rng.uniform(2.0, 2.8)


def _hesitating(u: FloatArray, rng: np.random.Generator) -> FloatArray:
    centre, width = rng.uniform(0.35, 0.65), rng.uniform(0.05, 0.10)
    stall = rng.uniform(0.85, 1.0) * np.exp(-(((u - centre) / width) ** 2))
    return _minimum_jerk(u, rng) * (1 - stall)


def _skewed(u: FloatArray, rng: np.random.Generator) -> FloatArray:
    return u ** rng.uniform(2.0, 2.8) * (1 - u) ** rng.uniform(1.0, 1.6)


def _half_cosine(u: FloatArray, _rng: np.random.Generator) -> FloatArray:
    return np.sin(np.pi * u)


def _two_speed(u: FloatArray, rng: np.random.Generator) -> FloatArray:
    second, centre = rng.uniform(0.35, 0.65), rng.uniform(0.4, 0.6)
    change = 1 / (1 + np.exp(-(u - centre) / 0.04))
    return np.minimum(1.0, np.minimum(u, 1 - u) / 0.1) * (1 + (second - 1) * change)


def _submovements(u: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Slow human movement: overlapping small minimum-jerk moves, none like the other."""
    count = rng.integers(3, 8)
    centres = (np.arange(count) + 0.5 + rng.uniform(-0.15, 0.15, count)) / count
    half = rng.uniform(0.8, 1.2, count) / count
    v = np.clip((u[:, None] - centres + half) / (2 * half), 0.0, 1.0)
    pulses: FloatArray = (v**2 * (1 - v) ** 2 * rng.uniform(0.7, 1.3, count)).sum(axis=1)
    pulses *= np.clip(np.minimum(u, 1 - u) / 0.08, 0.0, 1.0)  # from rest to rest
    return pulses


def _settling(u: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Off quickly, then ever more slowly, as against a damper."""
    rise, decay = rng.uniform(0.02, 0.06), rng.uniform(2.0, 4.0)
    return (1 - np.exp(-u / rise)) * np.exp(-decay * u) * np.clip((1 - u) / 0.1, 0.0, 1.0)


def _oscillating(u: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Minimum jerk with a rhythm on it, as when the muscle lets go by small steps."""
    waves, depth = rng.uniform(3.0, 6.0), rng.uniform(0.2, 0.6)
    return _minimum_jerk(u, rng) * (1 + depth * np.sin(2 * np.pi * (waves * u + rng.random())))


FAMILIES: dict[str, SpeedShape] = {
    "minimum_jerk": _minimum_jerk,
    "constant_speed": _constant_speed,
    "early_peak": _early_peak,
    "hesitating": _hesitating,
    "skewed": _skewed,
    "half_cosine": _half_cosine,
    "two_speed": _two_speed,
    "submovements": _submovements,
    "settling": _settling,
    "oscillating": _oscillating,
}
TUNING_FAMILIES = ("minimum_jerk", "constant_speed", "early_peak", "hesitating")
HELD_OUT_FAMILIES = ("skewed", "half_cosine", "two_speed")
NAMED_FAMILIES = TUNING_FAMILIES + HELD_OUT_FAMILIES
LATE_FAMILIES = ("submovements", "settling", "oscillating")  # added after the scoring method was chosen


def draw_profile(family: str, rng: np.random.Generator) -> Profile:
    """One phase of a family.

    Raises:
        SimulatorError: there is no such family; the message lists them.
    """
    shape = FAMILIES.get(family)
    if shape is None:
        raise SimulatorError(f"no motion family {family!r}; there are {', '.join(FAMILIES)}")
    speed = shape(_U, rng)
    way = np.concatenate(([0.0], np.cumsum((speed[1:] + speed[:-1]) / 2)))
    level = BOUNDARY_SPEED * speed.max()
    above = np.flatnonzero(speed >= level)
    return Profile(
        _U, way / way[-1], _crossing(speed, level, above[0]), _crossing(speed, level, above[-1] + 1)
    )


def _crossing(speed: FloatArray, level: float, after: int) -> float:
    """Where the speed passes the level between grid points after - 1 and after."""
    if after <= 0 or after >= len(speed):
        return float(_U[min(max(after, 0), len(speed) - 1)])
    low, high = speed[after - 1], speed[after]
    share = (level - low) / (high - low)
    return float(_U[after - 1] + share * (_U[after] - _U[after - 1]))
