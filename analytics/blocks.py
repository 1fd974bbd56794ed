"""A curve as the least and greatest tension of every tenth of a second: enough to see stillness and slack.

Blocks are aligned to UTC, and only those that a later sample has completed are used, so that a stream gives
the same blocks however it was cut into frames.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

BLOCK_US = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Extremes of tension per block; blocks without samples are left out.

    Attributes:
        index: int64, shape (n,), rising: UTC microseconds // ``BLOCK_US``.
        low_n: float64, shape (n,), least tension.
        high_n: float64, shape (n,), greatest tension.
    """

    index: npt.NDArray[np.int64]
    low_n: npt.NDArray[np.float64]
    high_n: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.index)

    @classmethod
    def of(cls, time_us: npt.NDArray[np.int64], tension_n: npt.NDArray[np.float64]) -> Self:
        """Complete blocks of samples in time order; samples that are not finite are left out."""
        finite = np.isfinite(tension_n)
        index, tension = time_us[finite] // BLOCK_US, tension_n[finite]
        if len(index) == 0:
            return cls.empty()
        starts = np.flatnonzero(np.diff(index, prepend=index[0] - 1))
        complete = slice(None, -1)
        return cls(
            index[starts][complete],
            np.minimum.reduceat(tension, starts)[complete],
            np.maximum.reduceat(tension, starts)[complete],
        )

    @classmethod
    def empty(cls) -> Self:
        """No blocks."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0))

    def between(self, start_us: int, end_us: int) -> Self:
        """Blocks that lie wholly within start_us <= t < end_us."""
        first, last = np.searchsorted(self.index, [-(-start_us // BLOCK_US), end_us // BLOCK_US])
        return type(self)(self.index[first:last], self.low_n[first:last], self.high_n[first:last])

    def then(self, later: Self) -> Self:
        """These blocks and later ones."""
        return type(self)(
            np.concatenate([self.index, later.index]),
            np.concatenate([self.low_n, later.low_n]),
            np.concatenate([self.high_n, later.high_n]),
        )

    def block_end_us(self, n: int) -> int:
        """When the n-th block ends."""
        return (int(self.index[n]) + 1) * BLOCK_US

    @property
    def end_us(self) -> int:
        """When the last block ends; 0 without blocks."""
        return self.block_end_us(-1) if len(self) else 0

    @property
    def level_n(self) -> npt.NDArray[np.float64]:
        """Middle of each block's extremes, float64, shape (n,)."""
        return (self.low_n + self.high_n) / 2

    def ranges(self, span: int) -> npt.NDArray[np.float64]:
        """Range of tension over the ``span`` blocks of time that end with each block.

        float64, shape (n,); NaN where the blocks do not reach back that far, or half of them are missing.
        """
        out = np.full(len(self), np.nan)
        if len(self) == 0 or self.index[-1] - self.index[0] + 1 < span:
            return out
        place = self.index - self.index[0]
        low, high = np.full((2, place[-1] + 1), np.nan)
        low[place], high[place] = self.low_n, self.high_n
        windows = np.lib.stride_tricks.sliding_window_view
        width = np.fmax.reduce(windows(high, span), axis=1) - np.fmin.reduce(windows(low, span), axis=1)
        present = np.arange(1, len(self) + 1) - np.searchsorted(place, place - span + 1)
        known = (place >= span - 1) & (present * 2 > span)
        out[known] = width[place[known] - span + 1]
        return out
