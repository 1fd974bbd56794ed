"""How many samples are missing between two notifications, judged by device time alone.

Sensors without sequence numbers lose whole notifications (their queue was full, or a packet was damaged).
Real exports also show a hole of a sample or two at every packet edge, which is no loss. So a hole counts only
by what exceeds the usual edge, and only when most of a notification would fit into it.
"""

from collections import deque
from statistics import median_low

import numpy as np
import numpy.typing as npt

_MEMORY = 15  # notifications
_SHARE = 0.75  # of a notification
_LEARN = 3  # single-sample notifications until their rate is known


class LossEstimator:
    """Estimates lost samples from holes in device time.

    Attributes:
        period_us: mean microseconds between samples, holes at packet edges included.
    """

    def __init__(self, rate_hz: float) -> None:
        self.period_us = self._edge_us = 1e6 / rate_hz
        self._periods: deque[float] = deque(maxlen=_MEMORY)
        self._edges: deque[float] = deque(maxlen=_MEMORY)
        self._sizes: deque[int] = deque(maxlen=_MEMORY)
        self._last_us: int | None = None

    def lost_before(self, device_us: npt.NDArray[np.int64]) -> int:
        """Samples lost between the notification before and this one; device times rise."""
        last_us, self._last_us = self._last_us, int(device_us[-1])
        if last_us is None:
            self._begin(device_us)
            return 0
        hole_us = int(device_us[0]) - last_us
        lost = (hole_us - self._edge_us) / self.period_us
        known = len(self._periods) >= _LEARN or len(device_us) > 1
        if known and lost >= _SHARE * max(self._sizes):
            return round(lost)
        self._learn(len(device_us), hole_us, int(device_us[-1]) - last_us)
        return 0

    def _begin(self, device_us: npt.NDArray[np.int64]) -> None:
        self._sizes.append(len(device_us))
        if len(device_us) > 1:
            self._edge_us = self.period_us = float(np.median(np.diff(device_us)))

    def _learn(self, size: int, edge_us: int, advance_us: int) -> None:
        self._sizes.append(size)
        self._edges.append(edge_us)
        self._periods.append(advance_us / size)
        self._edge_us, self.period_us = median_low(self._edges), median_low(self._periods)
