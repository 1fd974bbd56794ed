"""The band: nonlinear force against elongation, hysteresis, stress relaxation."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from tempoband.contracts.units import NEWTONS_PER_LBF
from tempoband.simulator.motion import Motion

FloatArray = npt.NDArray[np.float64]

# Elongation in percent, force in pounds: the older maker table, after Page, Labbe and Topp 2000. Sources
# differ by 2 to 33 % and in direction, so the shape is what matters here; ``stiffness`` scales it.
_ELONGATION = np.array([25, 50, 75, 100, 125, 150, 175, 200, 225, 250]) / 100
_POUNDS = {
    "yellow": (1.1, 1.8, 2.4, 2.9, 3.4, 3.9, 4.3, 4.8, 5.3, 5.8),
    "red": (1.5, 2.6, 3.3, 3.9, 4.4, 4.9, 5.4, 5.9, 6.4, 7.0),
    "green": (2.0, 3.2, 4.2, 5.0, 5.7, 6.5, 7.2, 7.9, 8.8, 9.6),
    "blue": (2.8, 4.6, 5.9, 7.1, 8.1, 9.1, 10.1, 11.1, 12.1, 13.3),
    "black": (3.6, 6.3, 8.1, 9.7, 11.0, 12.3, 13.5, 14.8, 16.2, 17.6),
    "silver": (5.0, 8.5, 11.1, 13.2, 15.2, 17.1, 18.9, 21.0, 23.0, 25.3),
    "gold": (7.9, 13.9, 18.1, 21.6, 24.6, 27.5, 30.3, 33.4, 36.6, 40.1),
}
COLOURS = tuple(_POUNDS)
_MEMORY_S = np.array([0.8, 8.0, 80.0])  # relaxation goes with log time: one time constant a decade
_HYSTERESIS_STRAIN = 0.06  # the branches part over this much strain after a turn


@dataclass(frozen=True, slots=True)
class Band:
    """One band.

    A loop has two strands: the limb feels both, a sensor in line with one reads one. Tension here is
    always that of one strand, since force depends on percent elongation.

    Attributes:
        c1_n: first Mooney-Rivlin coefficient, newtons.
        c2_n: second; F = (L - 1/L^2) (c1 + c2 / L) with L = 1 + strain.
        hysteresis: distance of the two branches, as a share of the tension; small for latex.
        relaxation: share of the tension lost per decade of seconds of a hold.
    """

    c1_n: float
    c2_n: float
    hysteresis: float = 0.04
    relaxation: float = 0.015

    @classmethod
    def of_colour(cls, colour: str = "green", stiffness: float = 1.0) -> "Band":
        """A band after the published table: least squares in the relative error.

        Raises:
            KeyError: no such colour.
        """
        force_n = np.array(_POUNDS[colour]) * NEWTONS_PER_LBF
        basis = np.stack(_basis(_ELONGATION), axis=1)
        c1_n, c2_n = np.linalg.lstsq(basis / force_n[:, None], np.ones_like(force_n), rcond=None)[0]
        return cls(float(c1_n * stiffness), float(c2_n * stiffness))

    def scaled_to(self, peak_n: float, strain: float) -> "Band":
        """The same shape, as thick as it takes to pull ``peak_n`` at this strain."""
        factor = peak_n / float(self.static_n(np.array([strain]))[0])
        return replace(self, c1_n=self.c1_n * factor, c2_n=self.c2_n * factor)

    def static_n(self, strain: FloatArray) -> FloatArray:
        """Tension of one strand, fresh and at rest; 0 when slack. Shape as given."""
        first, second = _basis(np.maximum(strain, 0.0))
        return self.c1_n * first + self.c2_n * second

    def stiffness_n(self, strain: FloatArray) -> FloatArray:
        """Newtons per unit of strain; 0 when slack."""
        step = 1e-4
        return (self.static_n(strain + step) - self.static_n(strain)) / step

    def tension_n(self, motion: Motion, time_s: FloatArray) -> FloatArray:
        """Tension of one strand through a motion.

        Args:
            motion: the strain.
            time_s: shape (n,), an even grid.
        """
        elastic_n = self.static_n(motion.at(time_s))
        branch = np.interp(time_s, motion.time_s, _branch(motion.strain))
        return self._relaxed(elastic_n * (1 + self.hysteresis / 2 * branch), float(time_s[1] - time_s[0]))

    def _relaxed(self, elastic_n: FloatArray, step_s: float) -> FloatArray:
        """Prony series: each memory follows the elastic tension and takes its share away."""
        share = self.relaxation
        tension_n = elastic_n.copy()
        for memory_s in _MEMORY_S:
            keep = np.exp(-step_s / memory_s)
            follower, _ = lfilter([1 - keep], [1, -keep], elastic_n, zi=[keep * elastic_n[0]])
            tension_n -= share * follower
        return tension_n


def _basis(strain: FloatArray) -> tuple[FloatArray, FloatArray]:
    stretch = 1 + strain
    shape = stretch - 1 / stretch**2
    return shape, shape / stretch


def _branch(strain: FloatArray) -> FloatArray:
    """-1 (unloading) to 1 (loading) at each knot, approached over a little strain after each turn."""
    branch = np.zeros_like(strain)
    step = np.diff(strain)
    turns = np.flatnonzero(np.diff(np.sign(step))) + 1
    state = 0.0
    for i, j in zip([0, *turns], [*turns, len(step)], strict=True):
        way = np.cumsum(np.abs(step[i:j]))
        direction = np.sign(step[i]) if j > i else 0.0
        if direction:  # a dwell keeps the branch it is on
            branch[i + 1 : j + 1] = direction + (state - direction) * np.exp(-way / _HYSTERESIS_STRAIN)
            state = float(branch[j])
        else:
            branch[i + 1 : j + 1] = state
    return branch
