"""Zero and calibration of one sensor. Both need the sensor to hang still; refusals say why.

The zero is set in software, for every sensor alike: it takes effect between two frames, is carried in them,
survives a restart of the sensor, and can be undone. A sensor's own zero command does none of that.
"""

from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from firmware_bridge.drivers.base import Traits
from firmware_bridge.errors import BridgeError, CalibrationError
from firmware_bridge.frames.calibration import Calibration, CalibrationBook, two_point
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.frames.stream import Arrival
from tempoband.words.phrases import Phrase, phrased, words_of

STILL_US = 1_000_000
STILL_N = 1.0  # largest spread within that second; a held band trembles by more
FREE_N = 50.0  # a hook and a slack band weigh less; more is a load, whatever the zero was before


class Refusal(StrEnum):
    """Why a tare or a calibration point was refused."""

    NOT_STREAMING = "not_streaming"
    TOO_EARLY = "too_early"
    NOT_STILL = "not_still"
    LOADED = "loaded"
    NO_FREE_POINT = "no_free_point"
    BAD_POINTS = "bad_points"


WORDS = {
    Refusal.NOT_STREAMING: Phrase(
        "The sensor sends no data now. Wake it, wait for the curve, and try again."
    ),
    Refusal.TOO_EARLY: Phrase("Let the sensor hang free for a second, then try again."),
    Refusal.NOT_STILL: Phrase("The sensor moves. Let it hang still for a second, then try again."),
    Refusal.LOADED: Phrase(
        "There is a load on the sensor. Take the band off, let it hang free, and try again."
    ),
    Refusal.NO_FREE_POINT: Phrase(
        "First take the reading of the sensor hanging free, then hang the weight on it."
    ),
}


class RefusedError(BridgeError):
    """A tare or calibration point was refused; the text says what to do."""

    def __init__(self, reason: Refusal, words: Phrase | None = None) -> None:
        super().__init__(words or WORDS[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Stillness:
    """Mean and spread of the last second, in counts."""

    mean: float
    spread: float


class Weighing:
    """What the counts of one sensor weigh.

    Attributes:
        calibration: the one to use now.
    """

    def __init__(self, sensor: str, traits: Traits, book: CalibrationBook) -> None:
        self._sensor = sensor
        self._traits = traits
        self._book = book
        self._arrivals: deque[Arrival] = deque()
        self._free_counts: float | None = None
        self.calibration = book.current(sensor, traits)

    def add(self, arrival: Arrival) -> None:
        """One more notification; a second of them is kept."""
        self._arrivals.append(arrival)
        since_us = arrival.host.mono_us - STILL_US
        while len(self._arrivals) > 1 and self._arrivals[1].host.mono_us <= since_us:
            self._arrivals.popleft()

    def clear(self) -> None:
        """A new stream: readings from before do not count."""
        self._arrivals.clear()

    def tare(self, now: HostTime) -> None:
        """Set the zero to the last second's mean.

        Raises:
            RefusedError: no data, not still, or loaded; a load stays a load however often one tares.
        """
        reading = self._still(now)
        untared = replace(self.calibration, offset_n=self._book.untared_offset_n(self._sensor))
        if abs(untared.newtons(reading.mean)) > FREE_N:
            raise RefusedError(Refusal.LOADED)
        self._use(self.calibration.zeroed(reading.mean, now.utc_us))

    def calibrate(self, load_n: float, now: HostTime) -> Phrase:
        """Take a calibration point: first hanging free (``load_n`` 0), then with a known weight.

        Returns:
            What to do next, or how it went.

        Raises:
            RefusedError: no data, not still, the free point is missing, or the points say nothing.
        """
        reading = self._still(now)
        if load_n == 0:
            self._free_counts = reading.mean
            return Phrase("Now hang the known weight on the sensor and let it come to rest.")
        if self._free_counts is None:
            raise RefusedError(Refusal.NO_FREE_POINT)
        version = self._book.latest_version(self._sensor)
        try:
            made = two_point(self._free_counts, reading.mean, load_n, after=version, at_us=now.utc_us)
        except CalibrationError as error:
            raise RefusedError(Refusal.BAD_POINTS, words_of(error)) from error
        self._free_counts = None
        self._use(made)
        if made.reversed:
            return phrased(
                "Calibrated: version {n}. The cell is mounted the other way round; that is taken care of.",
                n=made.version,
            )
        return phrased("Calibrated: version {n}.", n=made.version)

    def _use(self, calibration: Calibration) -> None:
        self._book.add(self._sensor, calibration)
        self.calibration = calibration

    def _still(self, now: HostTime) -> Stillness:
        if not self._arrivals or now.mono_us - self._arrivals[-1].host.mono_us > STILL_US:
            raise RefusedError(Refusal.NOT_STREAMING)
        if now.mono_us - self._arrivals[0].host.mono_us < STILL_US:
            raise RefusedError(Refusal.TOO_EARLY)
        counts = np.concatenate([a.samples.counts for a in self._arrivals])
        reading = Stillness(float(counts.mean()), float(np.ptp(counts)))
        if reading.spread * abs(self._traits.scale_n) > STILL_N:
            raise RefusedError(Refusal.NOT_STILL)
        return reading
