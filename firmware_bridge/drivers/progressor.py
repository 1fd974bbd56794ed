"""The Tindeq Progressor protocol: the shop device and the open designs that speak it.

Notifications are TLV: tag, length, value; little endian. Weight is n x (float32 kilograms, uint32
microseconds); the length byte allows 31 samples. Replies carry no opcode, so one command is in flight at a
time. The microsecond counter starts with the measurement and wraps after 71.6 minutes.

The sensor sends floats. They are put on a lattice of 1 mN: an HX711 at 80 samples a second has an input
noise of 90 nV, which a 150 kg cell of 2 mV/V turns into about 15 mN, so the rounding (0.3 mN RMS) adds
0.02 % to the noise and the numbers stay small enough to store well.
"""

import asyncio
import contextlib
import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from firmware_bridge.drivers.base import Advertisement, Battery, Device, Samples, Sink, Traits, slug
from firmware_bridge.errors import DecodeError, DecodeReason, DriverError, LinkError, LinkProblem
from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.words.phrases import phrased

SERVICE = "7e4e1701-1ea6-40c9-9dcc-13d34ffead57"
DATA = "7e4e1702-1ea6-40c9-9dcc-13d34ffead57"
CONTROL = "7e4e1703-1ea6-40c9-9dcc-13d34ffead57"
NAME_PREFIX = "progressor"

# Only what the vendor documents: some open firmwares crash on an unknown opcode.
START, STOP, BATTERY = b"\x65", b"\x66", b"\x6f"

SCALE_N = 0.001
MAX_KG = 2000.0  # beyond any cell that hangs in a band: a flipped bit, not a load
CUT_BYTES = 20
REPLY_TIMEOUT_S = 2.0
_SAMPLE = np.dtype([("kg", "<f4"), ("us", "<u4")])


class Tag(IntEnum):
    """What a notification is."""

    REPLY = 0
    WEIGHT = 1
    RFD_PEAK = 2
    RFD_SERIES = 3
    LOW_POWER = 4
    ERROR = 5  # open firmwares only


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the command in flight."""

    value: bytes


@dataclass(frozen=True, slots=True)
class LowPower:
    """The battery is empty; the sensor is about to turn itself off."""


@dataclass(frozen=True, slots=True)
class Other:
    """A well-formed notification that carries nothing for us (peak rates, firmware errors)."""

    tag: Tag


def decode(packet: bytes) -> Samples | Reply | LowPower | Other:
    """One notification.

    Trailing zeros are allowed: firmwares with a fixed buffer send it whole.

    Raises:
        DecodeError: for every byte string that is not a good notification.
    """
    value = _value(packet)
    match packet[0]:
        case Tag.REPLY:
            return Reply(value)
        case Tag.WEIGHT:
            return _weight(value)
        case Tag.LOW_POWER:
            return LowPower()
        case Tag.RFD_PEAK | Tag.RFD_SERIES | Tag.ERROR as tag:
            return Other(Tag(tag))
        case tag:
            raise DecodeError(DecodeReason.UNKNOWN_TAG, f"tag {tag}")


def _value(packet: bytes) -> bytes:
    if len(packet) < 2:
        raise DecodeError(DecodeReason.SHORT, f"{len(packet)} bytes, at least 2")
    end = 2 + packet[1]
    if len(packet) == CUT_BYTES and end > CUT_BYTES:
        raise DecodeError(DecodeReason.CUT, f"{end} bytes announced, cut to {CUT_BYTES} by a small MTU")
    if len(packet) < end or any(packet[end:]):
        raise DecodeError(DecodeReason.LENGTH, f"{end} bytes announced, {len(packet)} received")
    return bytes(packet[2:end])


def _weight(value: bytes) -> Samples:
    if not value or len(value) % _SAMPLE.itemsize:
        raise DecodeError(DecodeReason.LENGTH, f"{len(value)} bytes of weight are no whole samples")
    pairs = np.frombuffer(value, _SAMPLE)
    if not np.isfinite(pairs["kg"]).all():
        raise DecodeError(DecodeReason.NOT_FINITE, "a weight is not a number")
    kg = pairs["kg"].astype(np.float64)
    if np.abs(kg).max() > MAX_KG:
        raise DecodeError(DecodeReason.IMPLAUSIBLE, f"a weight beyond {MAX_KG:g} kg")
    counts = np.rint(kg * (NEWTONS_PER_KGF / SCALE_N)).astype(np.int32)
    return Samples(pairs["us"].astype(np.int64), counts)


class ProgressorSession:
    """One connection to a sensor that speaks the protocol."""

    def __init__(self, device: Device, client: BleakClient, control: BleakGATTCharacteristic) -> None:
        self._client = client
        self._control = control
        self._notify_options = dict(device.notify_options)
        self._sink: Sink | None = None
        self._reply: asyncio.Future[bytes] | None = None
        self._one_command = asyncio.Lock()

    async def subscribe(self) -> None:
        """Listen before the first command, whose answer comes as a notification too."""
        await self._client.start_notify(DATA, self._on_data, **self._notify_options)

    async def start(self, sink: Sink) -> None:
        """Ask for weights; they go to the sink as they come."""
        self._sink = sink
        await self._write(START)

    async def stop(self) -> None:
        """End the measurement."""
        await self._write(STOP)
        self._sink = None

    async def battery(self) -> Battery:
        """Millivolts; the protocol knows no percent.

        Raises:
            DriverError: no answer, or not one of a battery.
        """
        value = await self._ask(BATTERY)
        if len(value) != struct.calcsize("<I"):
            raise DriverError(f"the sensor answered {len(value)} bytes to the battery question")
        return Battery(millivolts=struct.unpack("<I", value)[0])

    async def close(self) -> None:
        """Stop streaming, so that the sensor may go to sleep."""
        self._sink = None
        with contextlib.suppress(BleakError, OSError, TimeoutError):
            async with asyncio.timeout(REPLY_TIMEOUT_S):
                await self._write(STOP)

    async def _ask(self, opcode: bytes) -> bytes:
        async with self._one_command:
            self._reply = asyncio.get_running_loop().create_future()
            try:
                await self._write(opcode)
                async with asyncio.timeout(REPLY_TIMEOUT_S):
                    return await self._reply
            except TimeoutError:
                raise DriverError(f"no answer to command 0x{opcode.hex()}") from None
            finally:
                self._reply = None

    async def _write(self, opcode: bytes) -> None:
        with_response = "write" in self._control.properties
        await self._client.write_gatt_char(self._control, opcode, response=with_response)

    def _on_data(self, _characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        try:
            message = decode(bytes(data))
        except DecodeError as error:
            if self._sink is not None:
                self._sink.rejected(error)
            return
        self._deliver(message)

    def _deliver(self, message: Samples | Reply | LowPower | Other) -> None:
        match message:
            case Samples() if self._sink is not None:
                self._sink.samples(message)
            case LowPower() if self._sink is not None:
                self._sink.low_battery()
            case Reply(value) if self._reply is not None and not self._reply.done():
                self._reply.set_result(value)


class ProgressorDriver:
    """Finds the sensor by name; the service is only known once connected."""

    name = "progressor"
    traits = Traits(
        rate_hz=80.0,
        scale_n=SCALE_N,
        clock=ClockKind.DEVICE,
        loss=LossKnowledge.ESTIMATED,
        battery=True,
        battery_streaming=True,  # the answer has a tag of its own among the weights
    )

    def matches(self, advertisement: Advertisement) -> bool:
        """By name prefix or advertised service."""
        return advertisement.name.lower().startswith(NAME_PREFIX) or SERVICE in advertisement.service_uuids

    def sensor_id(self, advertisement: Advertisement) -> str:
        """The name carries the serial number."""
        return slug(advertisement.name or f"{NAME_PREFIX}-{advertisement.address[-5:]}")

    async def open(self, device: Device) -> ProgressorSession:
        """Check the service and subscribe.

        Raises:
            LinkError: the device lacks the service.
        """
        client = device.client
        control = client.services.get_characteristic(CONTROL) if client is not None else None
        if client is None or control is None or client.services.get_characteristic(DATA) is None:
            name = device.advertisement.name or device.advertisement.address
            words = phrased("{name} lacks the Progressor service.", name=name)
            raise LinkError(LinkProblem.NOT_A_SENSOR, words)
        session = ProgressorSession(device, client, control)
        await session.subscribe()
        return session
