"""From counts to newtons: the maker's calibration, our own two-point one, and the zero set by a tare.

A calibration is stored per sensor and versioned; a frame names the one it was made with, so that a wrong one
can be undone later.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from firmware_bridge.drivers.base import Traits
from firmware_bridge.errors import CalibrationError
from tempoband.words.phrases import Phrase, phrased

FACTORY = "factory"
LEAST_SPAN = 100  # counts between two points: less is noise
LEAST_LOAD_N = 5.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """newtons = counts * scale_n + offset_n.

    Attributes:
        version: 0 is the maker's; every two-point calibration counts on.
        scale_n: newtons per count; negative where the cell is built in the other way round.
        offset_n: newtons at count zero.
        at_us: when it was made, UTC microseconds; 0 for the maker's.
        tared_at_us: when the zero was last set, None if never.
    """

    version: int
    scale_n: float
    offset_n: float
    at_us: int = 0
    tared_at_us: int | None = None

    @property
    def id(self) -> str:
        """Names scale and offset: ``factory``, ``two-point-3``, with the second of the tare."""
        name = f"two-point-{self.version}" if self.version else FACTORY
        return name if self.tared_at_us is None else f"{name}/zero-{self.tared_at_us // 1_000_000}"

    @property
    def reversed(self) -> bool:
        """Whether pulling makes the counts fall: the cell is mounted or wired the other way round."""
        return self.scale_n < 0

    def newtons(self, counts: float) -> float:
        """Tension at a count."""
        return counts * self.scale_n + self.offset_n

    def zeroed(self, counts: float, at_us: int) -> "Calibration":
        """The same calibration with its zero at these counts."""
        return replace(self, offset_n=-counts * self.scale_n, tared_at_us=at_us)


def factory(traits: Traits) -> Calibration:
    """What the maker or the driver says."""
    return Calibration(version=0, scale_n=traits.scale_n, offset_n=0.0)


def two_point(
    unloaded_counts: float, loaded_counts: float, load_n: float, *, after: int, at_us: int
) -> Calibration:
    """Calibrate from the sensor hanging free and the sensor with a known weight.

    Args:
        unloaded_counts: mean counts with nothing but the hook.
        loaded_counts: mean counts under the known weight.
        load_n: that weight in newtons (kilograms x 9.80665).
        after: version of the calibration this one follows.
        at_us: UTC microseconds.

    Raises:
        CalibrationError: the weight is too small, or the counts hardly moved.
    """
    if load_n < LEAST_LOAD_N:
        words = "The weight is {load_n:.1f} N; use at least {least_n:g} N (about 0.5 kg)."
        raise CalibrationError(phrased(words, load_n=load_n, least_n=LEAST_LOAD_N))
    span = loaded_counts - unloaded_counts
    if abs(span) < LEAST_SPAN:
        words = "The reading hardly changed under the weight: does it hang on the sensor?"
        raise CalibrationError(Phrase(words))
    scale_n = load_n / span
    return Calibration(after + 1, scale_n, -unloaded_counts * scale_n, at_us=at_us)


class CalibrationBook:
    """Every calibration of every sensor, newest last, in one JSON file."""

    FORMAT = 1

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = self._read()

    def current(self, sensor: str, traits: Traits) -> Calibration:
        """The calibration to use now."""
        history = self._book.get(sensor)
        return history[-1] if history else factory(traits)

    def history(self, sensor: str) -> tuple[Calibration, ...]:
        """Every calibration and tare so far, oldest first."""
        return tuple(self._book.get(sensor, ()))

    def latest_version(self, sensor: str) -> int:
        """Version of the newest two-point calibration; 0 without one."""
        return max((c.version for c in self.history(sensor)), default=0)

    def untared_offset_n(self, sensor: str) -> float:
        """Newtons at count zero as calibrated, before any tare."""
        made = [c.offset_n for c in self.history(sensor) if c.version and c.tared_at_us is None]
        return made[-1] if made else 0.0

    def add(self, sensor: str, calibration: Calibration) -> None:
        """Keep a new calibration, on disk before it is used."""
        self._book.setdefault(sensor, []).append(calibration)
        self._write()

    def _read(self) -> dict[str, list[Calibration]]:
        if not self._path.exists():
            return {}
        try:
            return self._parse(json.loads(self._path.read_text()))
        except (ValueError, TypeError, KeyError) as error:
            raise CalibrationError(
                f"{self._path} cannot be read ({error}); move it away to start anew"
            ) from error

    def _parse(self, content: dict[str, Any]) -> dict[str, list[Calibration]]:
        if content["format"] != self.FORMAT:
            raise ValueError(f"format {content['format']}, known: {self.FORMAT}")
        return {sensor: [Calibration(**c) for c in history] for sensor, history in content["sensors"].items()}

    def _write(self) -> None:
        sensors = {sensor: [asdict(c) for c in history] for sensor, history in self._book.items()}
        fresh = self._path.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump({"format": self.FORMAT, "sensors": sensors}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
