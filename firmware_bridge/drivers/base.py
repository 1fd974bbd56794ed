"""The contract of a sensor driver: what a sensor gives, and the verbs every driver has.

A driver recognises a sensor by its advertisement and turns what it sends into ``Samples``: the sensor's own
whole numbers and its own time. It knows nothing of clocks, files or MQTT. Decoders are pure functions.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from bleak import BleakClient

from firmware_bridge.errors import DecodeError
from tempoband.contracts.frame import ClockKind, LossKnowledge


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a sensor says of itself on the air.

    Attributes:
        address: Bluetooth address, or the identifier macOS gives instead.
        name: local name, empty when none was sent.
        rssi_dbm: signal strength.
        service_uuids: lower-case 128-bit UUIDs.
        manufacturer_data: company id to bytes without the company id.
    """

    address: str
    name: str = ""
    rssi_dbm: int = -127
    service_uuids: tuple[str, ...] = ()
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What one notification carried, oldest first.

    Attributes:
        ticks: int64, shape (n,), raw device time of each sample; None where the sensor has no clock.
        counts: int32, shape (n,), the sensor's own lattice.
    """

    ticks: npt.NDArray[np.int64] | None
    counts: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.counts)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a sensor gives; what it cannot give is said here, not discovered later.

    Attributes:
        rate_hz: nominal sample rate.
        scale_n: newtons per count as the maker calibrates it.
        clock: DEVICE where samples carry device time.
        tick_us: microseconds of one tick.
        tick_bits: width of the device's counter, after which it wraps.
        steady: samples come at an even rate; False where each is as old as its arrival (advertisements).
        loss: how well lost samples can be known.
        battery: whether ``battery()`` tells anything.
        battery_streaming: whether it may be asked while the sensor streams.
        connects: False for sensors that only advertise.
        silence_s: without data for so long, a streaming link counts as dead.
    """

    rate_hz: float
    scale_n: float
    clock: ClockKind
    tick_us: float = 1.0
    tick_bits: int = 32
    steady: bool = True
    loss: LossKnowledge = LossKnowledge.UNKNOWN
    battery: bool = False
    battery_streaming: bool = False
    connects: bool = True
    silence_s: float = 1.5


@dataclass(frozen=True, slots=True)
class Battery:
    """Charge as far as the sensor tells."""

    percent: int | None = None
    millivolts: int | None = None


class Sink(Protocol):
    """Where a session puts what it receives. Calls return at once; nothing in them blocks."""

    def samples(self, samples: Samples) -> None:
        """A good notification."""

    def rejected(self, error: DecodeError) -> None:
        """Bytes that could not be decoded: counted and shown."""

    def low_battery(self) -> None:
        """The sensor says its battery is nearly empty."""


@dataclass(frozen=True, slots=True)
class Device:
    """A sensor within reach, as a driver gets it.

    Attributes:
        advertisement: what it last said on the air.
        client: a connected client; None for sensors that only advertise.
        notify_options: keyword arguments for ``client.start_notify`` (platform work-arounds by setting).
        listen: for sensors that only advertise: calls back with each advertisement; returns how to stop.
    """

    advertisement: Advertisement
    client: BleakClient | None
    notify_options: Mapping[str, Any] = field(default_factory=dict)
    listen: Callable[[Callable[[Advertisement], None]], Callable[[], None]] | None = None


class Session(Protocol):
    """An open sensor. One session a connection; never used again after ``close``."""

    async def start(self, sink: Sink) -> None:
        """Subscribe first, then ask for data: what is sent before a subscription is lost."""

    async def stop(self) -> None:
        """End the stream; the link stays."""

    async def battery(self) -> Battery:
        """Ask for the charge; while streaming only where ``battery_streaming`` says so."""

    async def close(self) -> None:
        """Leave the sensor as found. Never raises, also when the link is gone."""


class Driver(Protocol):
    """One kind of sensor."""

    @property
    def name(self) -> str:
        """Short name, as in settings and status."""

    @property
    def traits(self) -> Traits:
        """What this kind of sensor gives."""

    def matches(self, advertisement: Advertisement) -> bool:
        """Whether this driver would take the sensor."""

    def sensor_id(self, advertisement: Advertisement) -> str:
        """A lasting name for topics: letters, digits and ``_.:-``."""

    async def open(self, device: Device) -> Session:
        """Prepare a session.

        Raises:
            LinkError: the device is not what it seemed.
        """


def slug(text: str) -> str:
    """A text as a topic-safe id: ``Progressor_0042`` becomes ``progressor_0042``."""
    return re.sub(r"[^a-z0-9_.-]+", "-", text.lower()).strip("-")[:48] or "sensor"
