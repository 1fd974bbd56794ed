"""When a sensor samples and packs: shared by the live sensor and the one that works on whole curves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SampleTiming:
    """A sampling pattern.

    Attributes:
        step_s: between samples of one packet.
        per_packet: samples in one notification.
        edge_s: between the last sample of a packet and the first of the next.
    """

    step_s: float
    per_packet: int
    edge_s: float

    @classmethod
    def even(cls, rate_hz: float, per_packet: int = 8) -> "SampleTiming":
        """Equal steps throughout."""
        return cls(1 / rate_hz, per_packet, 1 / rate_hz)

    @property
    def packet_s(self) -> float:
        """From one packet's first sample to the next packet's."""
        return (self.per_packet - 1) * self.step_s + self.edge_s

    @property
    def rate_hz(self) -> float:
        """Samples per second over many packets."""
        return self.per_packet / self.packet_s

    def instants(self, first: int, count: int) -> FloatArray:
        """Seconds of samples first to first + count - 1 after the start command, shape (count,)."""
        packet, within = np.divmod(np.arange(first, first + count), self.per_packet)
        return packet * self.packet_s + within * self.step_s


NOMINAL_80_HZ = SampleTiming.even(80.0)
# Real Progressor exports: steps of 11.39 ms (87.8 Hz) with a hole about every 15 samples, at packet edges.
# The hole is set so that the mean stays at the nominal 80 Hz. Nothing is lost there.
EXPORT_80_HZ = SampleTiming(step_s=0.01139, per_packet=15, edge_s=15 / 80 - 14 * 0.01139)
