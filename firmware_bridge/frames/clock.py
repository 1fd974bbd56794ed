"""Device ticks to UTC. A timestamp is assigned once and never changes; times never go backwards.

Intervals come from the device; only the offset to UTC is estimated, from the lower envelope of the arrival
delays. The offset is settled over the first second or so (samples are held for so long) and from then on
moves at no more than 500 ppm, so that an interval of a second is wrong by at most half a millisecond plus
the crystal's own error. UTC therefore reads late by the least wait on the air, which nobody can measure.

The host's UTC may step (network time after boot). Small steps are slewed; a step forward of more than a
second, or a suspend, asks for a new stream, which begins after the end of the old one. So does a step back
of more than ten seconds; only then may two streams claim the same time, since one of them was wrong.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from firmware_bridge.frames.envelope import LowerEnvelope

Micros = npt.NDArray[np.int64]

MAX_SLEW = 500e-6
SETTLE_US = 1_000_000
SETTLE_PACKETS = 12
SETTLE_MOST_US = 2_500_000
STEP_US = 1_000_000  # a correction forward beyond this is a step, not drift
STEP_BACK_US = 10_000_000  # one backward up to this is slewed, so that streams do not overlap


@dataclass(frozen=True, slots=True)
class HostTime:
    """One instant on the host's two clocks: monotonic for intervals, UTC for the anchor."""

    mono_us: int
    utc_us: int


def is_step(error_us: float) -> bool:
    """Whether an error of the offset to UTC is too large to be slewed away."""
    return not -STEP_BACK_US <= error_us <= STEP_US


class TickUnroller:
    """A counter that wraps to microseconds that do not."""

    def __init__(self, tick_us: float, bits: int) -> None:
        self._tick_us = tick_us
        self._modulus = 1 << bits
        self._ticks: int | None = None  # unrolled, of the last sample kept

    def unroll(self, ticks: Micros) -> Micros:
        """Microseconds of raw ticks, each taken as the nearest to the last one kept, before or after it."""
        base = int(ticks[0]) if self._ticks is None else self._ticks
        half = self._modulus // 2
        return self._micros(base + (ticks - base + half) % self._modulus - half)

    def keep(self, ticks: Micros) -> tuple[Micros, npt.NDArray[np.bool_]]:
        """Unroll in order; also which samples come after every one before them. Remembers the newest.

        Returns:
            Microseconds of all samples, int64, shape (n,), and the mask of those that rise.
        """
        if self._ticks is None:
            self._ticks = int(ticks[0]) - 1
        device_us = self.unroll(ticks)
        last_us = self._micros(np.array([self._ticks], np.int64))
        rising = device_us > np.maximum.accumulate(np.concatenate((last_us, device_us[:-1])))
        if rising.any():
            newest = int(np.argmax(device_us))
            self._ticks += int((ticks[newest] - self._ticks) % self._modulus)
        return device_us, rising

    def _micros(self, ticks: Micros) -> Micros:
        return ticks if self._tick_us == 1.0 else np.rint(ticks * self._tick_us).astype(np.int64)


class DeviceClock:
    """UTC of samples that carry device time."""

    def __init__(self, not_before_us: int = 0) -> None:
        self._not_before_us = not_before_us
        self._envelope = LowerEnvelope()
        self._first_us: int | None = None  # device time of the very first sample
        self._began_us = 0  # monotonic time of the first arrival
        self._packets = 0
        self._target_us = 0.0
        self._offset: tuple[int, float] | None = None  # at this device time, this offset was applied

    @property
    def settled(self) -> bool:
        """Whether timestamps are final."""
        return self._offset is not None

    def ahead_us(self, device_us: int, host: HostTime) -> float:
        """How much earlier a sample arrived than the envelope allows: large only when a clock jumped."""
        return 0.0 if self._first_us is None else self._envelope.at(device_us) - (host.mono_us - device_us)

    def observe(self, device_us: Micros, host: HostTime) -> None:
        """An arrival: the device times of its samples, int64, shape (n,), rising."""
        end_us = int(device_us[-1])
        if self._first_us is None:
            self._first_us, self._began_us = int(device_us[0]), host.mono_us
        self._packets += 1
        self._envelope.add(end_us, host.mono_us - end_us)
        self._target_us = self._envelope.at(end_us) + host.utc_us - host.mono_us
        waited_us = host.mono_us - self._began_us
        enough = waited_us >= SETTLE_US and self._packets >= SETTLE_PACKETS
        if not self.settled and (enough or waited_us >= SETTLE_MOST_US):
            self.settle()

    def settle(self) -> None:
        """Take the offset as it is known now; from here on it only slews."""
        if self._first_us is not None and self._offset is None:
            self._offset = (self._first_us, self._floored())

    def stepped(self) -> bool:
        """Whether the stream is so far from UTC that slewing is no answer: begin a new stream."""
        return self._offset is not None and is_step(self._target_us - self._offset[1])

    def stamp(self, device_us: Micros) -> Micros:
        """UTC microseconds, int64, shape (n,); device times rise from call to call.

        Before the clock has settled these are provisional: stamp again after it has.
        """
        if self._offset is None:
            return device_us + round(self._floored())
        at_us, offset_us = self._offset
        end_us = int(device_us[-1])
        room_us = MAX_SLEW * (end_us - at_us)
        new_us = offset_us + max(-room_us, min(room_us, self._target_us - offset_us))
        self._offset = (end_us, new_us)
        return device_us + np.rint(np.interp(device_us, (at_us, end_us), (offset_us, new_us))).astype(
            np.int64
        )

    def stamp_held(self, device_us: Micros) -> Micros:
        """Final UTC of samples that were held while the clock settled: the settled offset, unslewed."""
        assert self._offset is not None, "settle before stamp_held"  # noqa: S101 - a wrong caller
        offset_us = self._offset[1]
        self._offset = (int(device_us[-1]), offset_us)
        return device_us + round(offset_us)

    def _floored(self) -> float:
        assert self._first_us is not None, "observe before stamp"  # noqa: S101 - a wrong caller
        return max(self._target_us, float(self._not_before_us - self._first_us))


class ArrivalClock:
    """UTC of samples without device time: an even run of samples locked to their arrivals.

    A second-order loop follows the true rate (cheap oscillators are off by up to 10 %) and smooths the
    waits. Where samples are not steady, each is as old as its arrival.
    """

    _PHASE_GAIN, _RATE_GAIN = 0.05, 0.002
    _JUMP_US = 500_000

    def __init__(self, rate_hz: float, *, steady: bool, not_before_us: int = 0) -> None:
        self._period_us = 1e6 / rate_hz
        self._steady = steady
        self._last_us = float(not_before_us - 1)
        self._locked = False
        self._skew: tuple[int, float] | None = None  # at this monotonic time, UTC minus monotonic

    def stepped(self, host: HostTime) -> bool:
        """Whether the host's UTC jumped too far to be slewed: begin a new stream."""
        return self._skew is not None and is_step(host.utc_us - host.mono_us - self._skew[1])

    def stamp(self, n: int, host: HostTime) -> Micros:
        """UTC microseconds of the ``n`` samples that arrived now, int64, shape (n,), rising."""
        arrival_us = host.mono_us + self._slewed(host)
        if not self._steady:
            return self._rising(np.full(n, arrival_us))
        error_us = arrival_us - self._last_us - n * self._period_us
        if not self._locked or abs(error_us) > self._JUMP_US:
            return self._rising(arrival_us - self._period_us * np.arange(n - 1, -1, -1))
        step_us = max(self._period_us + self._PHASE_GAIN * error_us / n, 0.5 * self._period_us)
        self._period_us += self._RATE_GAIN * error_us / n
        return self._rising(self._last_us + step_us * np.arange(1, n + 1))

    def _rising(self, times: npt.NDArray[np.floating[Any]]) -> Micros:
        order = np.arange(len(times))  # equal arrivals are a microsecond apart
        least = np.maximum(np.rint(times).astype(np.int64) - order, int(self._last_us) + 1)
        stamps: Micros = np.maximum.accumulate(least) + order
        self._last_us, self._locked = float(stamps[-1]), True
        return stamps

    def _slewed(self, host: HostTime) -> float:
        target_us = float(host.utc_us - host.mono_us)
        if self._skew is not None:
            at_us, skew_us = self._skew
            room_us = MAX_SLEW * (host.mono_us - at_us)
            target_us = skew_us + max(-room_us, min(room_us, target_us - skew_us))
        self._skew = (host.mono_us, target_us)
        return target_us
