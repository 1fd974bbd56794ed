"""The motion a person makes: strain of the band over time, as knots joined by straight lines."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tempoband.simulator.profiles import Profile

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """A phase of the true motion, between its 5 % crossings."""

    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Knots of the strain.

    Attributes:
        time_s: shape (n,), rising.
        strain: shape (n,), elongation over rest length; below 0 the band hangs slack.
    """

    time_s: FloatArray
    strain: FloatArray

    @property
    def end_s(self) -> float:
        """When it is over."""
        return float(self.time_s[-1])

    def at(self, time_s: FloatArray) -> FloatArray:
        """Strain at these times."""
        return np.interp(time_s, self.time_s, self.strain)


class MotionBuilder:
    """Puts movements and dwells in a row."""

    def __init__(self, strain: float) -> None:
        self._times = [np.zeros(1)]
        self._strains = [np.full(1, strain)]

    @property
    def now_s(self) -> float:
        """Where the next piece begins."""
        return float(self._times[-1][-1])

    @property
    def strain(self) -> float:
        """Where the limb is."""
        return float(self._strains[-1][-1])

    def dwell(self, seconds: float) -> None:
        """Stay."""
        if seconds > 0:
            self._add(np.array([self.now_s + seconds]), np.array([self.strain]))

    def move(self, profile: Profile, seconds: float, to_strain: float) -> Span:
        """Go somewhere; returns the phase as the definition sees it."""
        start_s, start = self.now_s, self.strain
        self._add(start_s + profile.u[1:] * seconds, start + profile.s[1:] * (to_strain - start))
        return Span(start_s + profile.first * seconds, start_s + profile.last * seconds)

    def follow(self, since_s: FloatArray, strain: FloatArray) -> None:
        """Any course, given from now on; the first time must be above 0."""
        self._add(self.now_s + since_s, strain)

    def build(self) -> Motion:
        """The motion so far."""
        return Motion(np.concatenate(self._times), np.concatenate(self._strains))

    def _add(self, times: FloatArray, strains: FloatArray) -> None:
        self._times.append(times)
        self._strains.append(strains)
