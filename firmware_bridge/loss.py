"""How many samples are missing between two notifications, judged by device time alone.

Sensors without sequence numbers lose whole notifications (their queue was full, or a packet was damaged).
Real exports also show a hole of a sample or two at packet edges, which is no loss. So a hole counts only when
most of a notification would fit into it.
"""

from collections import deque

import numpy as np
import numpy.typing as npt

_MEMORY = 16  # notifications
_SHARE = 0.75  # of a notification


class LossEstimator:
    """Estimates lost samples from holes in device time."""

    def __init__(self, rate_hz: float) -> None:
        self._periods: deque[float] = deque([1e6 / rate_hz], maxlen=_MEMORY)
        self._sizes: deque[int] = deque(maxlen=_MEMORY)
        self._last_us: int | None = None
        self.period_us = 1e6 / rate_hz

    def lost_before(self, device_us: npt.NDArray[np.int64]) -> int:
        """Samples lost between the notification before and this one; device times rise."""
        last_us, self._last_us = self._last_us, int(device_us[-1])
        lost = 0 if last_us is None else self._missing(int(device_us[0]) - last_us)
        if lost == 0:
            self._learn(device_us, last_us)
        return lost

    def _missing(self, hole_us: int) -> int:
        size = max(self._sizes, default=1)
        if hole_us < (1 + _SHARE * size) * self.period_us:
            return 0
        return max(round(hole_us / self.period_us) - 1, 0)

    def _learn(self, device_us: npt.NDArray[np.int64], last_us: int | None) -> None:
        self._sizes.append(len(device_us))
        if len(device_us) > 1:
            self._periods.append(float(np.median(np.diff(device_us))))
        elif last_us is not None:
            self._periods.append(float(device_us[0] - last_us))
        self.period_us = sorted(self._periods)[len(self._periods) // 2]
