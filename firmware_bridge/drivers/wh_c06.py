"""The WH-C06 crane scale: it only advertises, so the bridge scans and never connects.

Manufacturer data of company 0x0100: weight as big-endian u16 hundredths of a kilogram at offset 10. There is
no clock, no sequence number and no sign of loss: a reading is as old as its arrival. The unit nibble at
offset 14 is undocumented and not used: set the scale to kilograms. It shows no negative weight.
"""

import struct

import numpy as np

from firmware_bridge.drivers.base import Advertisement, Battery, Device, Samples, Sink, Traits, slug
from firmware_bridge.errors import DecodeError, DecodeReason, LinkError, LinkProblem
from tempoband.contracts.frame import ClockKind
from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.words.phrases import Phrase

COMPANY_ID = 0x0100
NAME = "IF_B7"
SCALE_N = 0.01 * NEWTONS_PER_KGF
_WEIGHT = struct.Struct(">H")
_WEIGHT_OFFSET, _LEAST_BYTES = 10, 15


def decode(data: bytes) -> Samples:
    """Manufacturer data without the company id to one reading.

    Raises:
        DecodeError: too short for a reading.
    """
    if len(data) < _LEAST_BYTES:
        raise DecodeError(DecodeReason.SHORT, f"{len(data)} bytes, at least {_LEAST_BYTES}")
    (hundredths,) = _WEIGHT.unpack_from(data, _WEIGHT_OFFSET)
    return Samples(None, np.array([hundredths], np.int32))


def _nothing() -> None:
    pass


class WhC06Session:
    """Listens to one scale."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._unsubscribe = _nothing

    async def start(self, sink: Sink) -> None:
        """Hand on every advertisement from now on."""
        listen = self._device.listen
        if listen is None:
            raise LinkError(LinkProblem.FAILED, Phrase("This scale needs a scanner."))

        def heard(advertisement: Advertisement) -> None:
            try:
                sink.samples(decode(advertisement.manufacturer_data.get(COMPANY_ID, b"")))
            except DecodeError as error:
                sink.rejected(error)

        self._unsubscribe = listen(heard)

    async def stop(self) -> None:
        """Listen no more; the scale goes on."""
        self._unsubscribe()
        self._unsubscribe = _nothing

    async def battery(self) -> Battery:
        """The scale tells nothing."""
        return Battery()

    async def close(self) -> None:
        """Listen no more."""
        await self.stop()


class WhC06Driver:
    """Finds the scale by name and company id."""

    name = "wh_c06"
    traits = Traits(
        rate_hz=8.0,
        scale_n=SCALE_N,
        clock=ClockKind.ARRIVAL,
        steady=False,
        connects=False,
        silence_s=10.0,
    )

    def matches(self, advertisement: Advertisement) -> bool:
        """Both must fit: many devices use that company id."""
        return advertisement.name == NAME and COMPANY_ID in advertisement.manufacturer_data

    def sensor_id(self, advertisement: Advertisement) -> str:
        """All scales share one name, so the address tells them apart."""
        return f"wh-c06-{slug(advertisement.address.replace(':', ''))[-6:]}"

    async def open(self, device: Device) -> WhC06Session:
        """Nothing to connect to."""
        return WhC06Session(device)
