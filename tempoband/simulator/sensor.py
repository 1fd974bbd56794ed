"""The sensor: sampling, noise, resolution, and everything that goes wrong between strain gauge and file."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.simulator.timing import NOMINAL_80_HZ, SampleTiming

FloatArray = npt.NDArray[np.float64]
MAX_GAP_S = 0.5


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor.

    Attributes:
        timing: steps within and between packets.
        jitter_s: standard deviation of the sampling instants; the time stamps know it.
        stamp_error_s: standard deviation of what the time stamps do not know.
        noise_n: root mean square of white noise; a real 80 Hz board has about 0.02.
        resolution_n: step of the readings; 0 means float32 kilograms, as a Progressor sends them.
        drift_n_per_min: slope of the zero.
        tare_error_n: reading at zero tension.
        gaps_per_min: holes of up to 0.5 s.
        spikes_per_min: single corrupted samples.
        spike_n: their size, either way.
    """

    timing: SampleTiming = NOMINAL_80_HZ
    jitter_s: float = 0.0
    stamp_error_s: float = 0.0
    noise_n: float = 0.02
    resolution_n: float = 0.01
    drift_n_per_min: float = 0.0
    tare_error_n: float = 0.0
    gaps_per_min: float = 0.0
    spikes_per_min: float = 0.0
    spike_n: float = 50.0

    @classmethod
    def at(cls, rate_hz: float) -> "Sensor":
        """A clean sensor of this rate."""
        return cls(timing=SampleTiming.even(rate_hz))

    def read(
        self, time_s: FloatArray, tension_n: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Sample a course of tension.

        Args:
            time_s: shape (n,), a fine grid, rising.
            tension_n: shape (n,), in the strand.
            rng: source of everything random.

        Returns:
            Time stamps in seconds, not falling, and readings in newtons, both shape (m,).
        """
        instants = self._instants(float(time_s[0]), float(time_s[-1]), rng)
        reading_n = np.interp(instants, time_s, tension_n) + self._offset_n(instants)
        reading_n += rng.normal(0.0, self.noise_n, len(instants))
        self._spike(reading_n, instants, rng)
        kept = self._kept(instants, rng)
        stamps = instants + rng.normal(0.0, self.stamp_error_s, len(instants))
        return np.maximum.accumulate(stamps[kept]), self._quantised(reading_n[kept])

    def _instants(self, start_s: float, end_s: float, rng: np.random.Generator) -> FloatArray:
        count = int((end_s - start_s) * self.timing.rate_hz)
        nominal = start_s + self.timing.instants(0, count)
        jittered = nominal + rng.normal(0.0, self.jitter_s, count)
        return np.clip(np.maximum.accumulate(jittered), start_s, end_s)

    def _offset_n(self, instants: FloatArray) -> FloatArray:
        drift_n: FloatArray = self.drift_n_per_min / 60 * (instants - instants[0])
        return self.tare_error_n + drift_n

    def _spike(self, reading_n: FloatArray, instants: FloatArray, rng: np.random.Generator) -> None:
        count = rng.poisson(self.spikes_per_min * (instants[-1] - instants[0]) / 60)
        at = rng.integers(0, len(reading_n), count)
        reading_n[at] += rng.choice([-1.0, 1.0], count) * self.spike_n * rng.uniform(0.3, 1.0, count)

    def _kept(self, instants: FloatArray, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
        kept = np.ones(len(instants), bool)
        for _ in range(rng.poisson(self.gaps_per_min * (instants[-1] - instants[0]) / 60)):
            start_s = rng.uniform(instants[0], instants[-1])
            kept &= (instants < start_s) | (instants >= start_s + rng.uniform(0.05, MAX_GAP_S))
        return kept

    def _quantised(self, reading_n: FloatArray) -> FloatArray:
        if self.resolution_n > 0:
            return np.round(reading_n / self.resolution_n) * self.resolution_n
        return (reading_n / NEWTONS_PER_KGF).astype(np.float32).astype(np.float64) * NEWTONS_PER_KGF


CLEAN = Sensor()
ROUGH = Sensor(
    jitter_s=0.001,
    noise_n=0.05,
    drift_n_per_min=0.5,
    tare_error_n=-2.0,
    gaps_per_min=3.0,
    spikes_per_min=3.0,
)
