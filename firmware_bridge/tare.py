"""When the zero may be set: the sensor hangs free and still. Refusals say why.

The zero is set in software, for every sensor alike: it takes effect between two frames, is carried in them,
survives a restart of the sensor, and can be undone. A sensor's own zero command does none of that.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from firmware_bridge.calibration import Calibration
from firmware_bridge.stream import Arrival

STILL_US = 1_000_000
STILL_N = 1.0  # largest spread within that second; a held band trembles by more
FREE_N = 50.0  # a hook and a slack band weigh less; more is a load, whatever the zero was before


class TareRefusal(StrEnum):
    """Why a tare was refused."""

    NOT_STREAMING = "not_streaming"
    TOO_EARLY = "too_early"
    NOT_STILL = "not_still"
    LOADED = "loaded"


WORDS = {
    TareRefusal.NOT_STREAMING: "The sensor sends no data now. Wake it, wait for the curve, and try again.",
    TareRefusal.TOO_EARLY: "Let the sensor hang free for a second, then try again.",
    TareRefusal.NOT_STILL: "The sensor moves. Let it hang free and still for a second, then try again.",
    TareRefusal.LOADED: "There is a load on the sensor. Take the band off, let it hang free, and try again.",
}


@dataclass(frozen=True, slots=True)
class Stillness:
    """The last second of readings."""

    mean_counts: float
    spread_n: float
    mean_n: float


class RecentReadings:
    """Keeps the last second of counts, for tare and calibration."""

    def __init__(self) -> None:
        self._arrivals: deque[Arrival] = deque()

    def add(self, arrival: Arrival) -> None:
        """One more notification."""
        self._arrivals.append(arrival)
        since_us = arrival.host.mono_us - STILL_US
        while len(self._arrivals) > 1 and self._arrivals[1].host.mono_us <= since_us:
            self._arrivals.popleft()

    def clear(self) -> None:
        """Readings from before do not count."""
        self._arrivals.clear()

    def last_second(self, now_us: int, calibration: Calibration) -> Stillness | TareRefusal:
        """Mean and spread of the last second, or why there is none."""
        if not self._arrivals or now_us - self._arrivals[-1].host.mono_us > STILL_US:
            return TareRefusal.NOT_STREAMING
        if now_us - self._arrivals[0].host.mono_us < STILL_US:
            return TareRefusal.TOO_EARLY
        counts = np.concatenate([a.samples.counts for a in self._arrivals])
        mean = float(counts.mean())
        spread_n = float(np.ptp(counts)) * abs(calibration.scale_n)
        return Stillness(mean, spread_n, calibration.newtons(mean))


def judge(reading: Stillness | TareRefusal, factory_zero: Calibration) -> TareRefusal | None:
    """Whether the zero may be set on this reading; None: yes.

    Args:
        reading: the last second.
        factory_zero: the calibration without any tare: a load stays a load however often one tares.
    """
    if isinstance(reading, TareRefusal):
        return reading
    if reading.spread_n > STILL_N:
        return TareRefusal.NOT_STILL
    if abs(factory_zero.newtons(reading.mean_counts)) > FREE_N:
        return TareRefusal.LOADED
    return None
