"""Band curves for tests: reps of minimum-jerk motion, walks, quiet."""

from dataclasses import dataclass, field

import numpy as np

RATE_HZ = 80.0
SECOND = 1_000_000
START_US = 1_780_000_000 * SECOND


def rest(seconds: float, level_n: float = 2.0) -> np.ndarray:
    return np.full(round(seconds * RATE_HZ), level_n)


def rep(out_s: float = 2.0, hold_s: float = 0.0, back_s: float = 2.0, peak_n: float = 30.0) -> np.ndarray:
    return np.concatenate(
        [ramp(2.0, peak_n, out_s), np.full(round(hold_s * RATE_HZ), peak_n), ramp(peak_n, 2.0, back_s)]
    )


def ramp(from_n: float, to_n: float, seconds: float) -> np.ndarray:
    x = np.linspace(0, 1, round(seconds * RATE_HZ))
    return from_n + (to_n - from_n) * (10 * x**3 - 15 * x**4 + 6 * x**5)


def reps(n: int, pause_s: float = 0.5, **kinds: float) -> np.ndarray:
    return np.concatenate([part for _ in range(n) for part in (rep(**kinds), rest(pause_s))])


def walk(seconds: float, low_n: float = 12.0, high_n: float = 20.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (low_n + high_n) / 2 + (high_n - low_n) / 2 * np.sin(2 * np.pi * t)


@dataclass
class Tape:
    """A curve put together piece by piece, with the moments worth remembering."""

    noise_n: float = 0.02
    seed: int = 1
    start_us: int = START_US
    pieces: list[np.ndarray] = field(default_factory=list)

    def add(self, *pieces: np.ndarray) -> "Tape":
        self.pieces += pieces
        return self

    @property
    def now_us(self) -> int:
        return self.start_us + round(sum(map(len, self.pieces)) / RATE_HZ * SECOND)

    @property
    def tension_n(self) -> np.ndarray:
        clean = np.concatenate(self.pieces)
        return clean + np.random.default_rng(self.seed).normal(0, self.noise_n, len(clean))

    @property
    def time_us(self) -> np.ndarray:
        n = sum(map(len, self.pieces))
        return self.start_us + (np.arange(n) * SECOND / RATE_HZ).round().astype(np.int64)
