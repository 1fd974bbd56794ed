"""What lies in the spool."""

from dataclasses import dataclass

from tempoband.contracts.frame import Frame, encode_frame

Identity = tuple[str, int]
"""Stream and seq: what names a frame everywhere."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A frame as it lies in the spool."""

    sensor: str
    stream: str
    seq: int
    start_us: int
    end_us: int
    samples: int
    payload: bytes

    @property
    def identity(self) -> Identity:
        """What names the frame everywhere."""
        return self.stream, self.seq


@dataclass(frozen=True, slots=True)
class SpooledNote:
    """A ledger note that has no receipt yet."""

    sha256: bytes
    sensor: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class KnownSensor:
    """How to find a sensor again."""

    sensor: str
    driver: str
    address: str
    name: str


def spooled(sensor: str, frame: Frame) -> Spooled:
    """A frame ready for the spool."""
    return Spooled(
        sensor, frame.stream, frame.seq, frame.t0_us, frame.end_us, len(frame), encode_frame(frame)
    )
