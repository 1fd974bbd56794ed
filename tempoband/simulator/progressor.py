"""A virtual force sensor that speaks the Progressor protocol over the virtual radio."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from bumble import att
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.simulator.errors import SimulatorError
from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.peripheral import Peripheral
from tempoband.simulator.progressor_protocol import (
    CLOCK_MODULO,
    CONTROL_UUID,
    DATA_UUID,
    MAX_SAMPLES_PER_PACKET,
    SERVICE_UUID,
    Opcode,
    Tag,
    encode,
    encode_battery,
    encode_device_id,
    encode_weights,
)
from tempoband.simulator.timing import NOMINAL_80_HZ, FloatArray, SampleTiming

TensionSource = Callable[[FloatArray], npt.ArrayLike]
"""Newtons in the strand at seconds since power-on; called with rising arrays, vectorised."""

_Properties = Characteristic.Properties


@dataclass(frozen=True, slots=True)
class ProgressorSpec:
    """What one virtual sensor is like.

    Attributes:
        name: advertised; clients match the prefix ``Progressor``.
        address: random static, unique on the link.
        timing: when it samples and how it packs.
        clock_ppm: how much its clock runs fast.
        start_us: device clock at each start command; near 2^32 to see it wrap.
        noise_n: root mean square of white noise.
        tx_packets: notifications that fit its send queue; what does not fit is dropped without a trace.
        battery_mv: at power-on.
        drain_mv_per_hour: while it is on.
        low_battery_mv: below it a low-power warning is sent every minute.
        cutoff_mv: below it the sensor goes dark.
        firmware: reply to the version command.
        device_id: reply to the id command.
        error_text: reply to the error information command, until it is cleared.
        seed: of its noise.
    """

    name: str = "Progressor_0042"
    address: str = "D0:00:00:00:00:42"
    timing: SampleTiming = NOMINAL_80_HZ
    clock_ppm: float = 0.0
    start_us: int = 0
    noise_n: float = 0.02
    tx_packets: int = 16
    battery_mv: float = 3987.0
    drain_mv_per_hour: float = 0.0
    low_battery_mv: float = 3300.0
    cutoff_mv: float = 3000.0
    firmware: str = "1.2.3.4"
    device_id: int = 0x42
    error_text: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.timing.per_packet <= MAX_SAMPLES_PER_PACKET:
            raise SimulatorError(f"{self.timing.per_packet} samples do not fit a packet (1 to 31)")


@dataclass(frozen=True, slots=True, eq=False)
class LoggedPacket:
    """What the sensor measured, for tests that keep a ledger of every sample.

    Attributes:
        true_s: float64, shape (n,), seconds since power-on.
        device_us: uint32, shape (n,), its own clock.
        weight_kg: float32, shape (n,), exactly as sent.
        sent: False when the send queue was full and the packet was dropped.
    """

    true_s: FloatArray
    device_us: npt.NDArray[np.uint32]
    weight_kg: npt.NDArray[np.float32]
    sent: bool


class VirtualProgressor(Peripheral):
    """One sensor on the link; make it and power it on inside the running loop.

    What was handed to the radio can still be lost with the link: ``sent`` in the log means it left the
    sensor's queue, not that anybody heard it.

    Attributes:
        log: every packet measured, when ``keep_log``.
        sent_samples: handed to the radio.
        dropped_samples: lost because the send queue was full.
        battery_mv: what it has left.
    """

    def __init__(
        self, link: FaultyLink, spec: ProgressorSpec, tension_n: TensionSource, *, keep_log: bool = False
    ) -> None:
        self._data: Characteristic[bytes] = Characteristic(
            DATA_UUID, _Properties.NOTIFY, Characteristic.READABLE, b""
        )
        super().__init__(link, spec.address, spec.name, Service(SERVICE_UUID, [self._data, self._control()]))
        self.spec = spec
        self.log: list[LoggedPacket] = []
        self.sent_samples = self.dropped_samples = 0
        self.battery_mv = spec.battery_mv
        self._tension_n, self._keep_log = tension_n, keep_log
        self._error_text, self._tare_n = spec.error_text, 0.0
        self._rng = np.random.default_rng(spec.seed)
        self._stream: asyncio.Task[None] | None = None

    async def power_on(self) -> None:
        """Press the button: it boots, its clocks start, it advertises."""
        self._tare_n = 0.0
        self.spawn(self._drain_battery())
        await super().power_on()

    async def reboot(self) -> None:
        """A crash: the link breaks, tare and clock are forgotten, then it advertises again."""
        await self.power_off()
        await self.power_on()

    @property
    def streaming(self) -> bool:
        """Whether a client has started it."""
        return self._stream is not None

    def on_disconnected(self) -> None:
        """Nobody is listening: stop measuring."""
        self._stop()

    # -- commands ---------------------------------------------------------------------------------

    def _control(self) -> Characteristic[bytes]:
        return Characteristic(
            CONTROL_UUID,
            _Properties.WRITE | _Properties.WRITE_WITHOUT_RESPONSE,
            Characteristic.WRITEABLE,
            CharacteristicValue(read=_refuse_to_read, write=self._on_command),
        )

    def _on_command(self, _connection: Connection, value: bytes) -> None:
        """Obey one command; unknown and RFD opcodes are ignored, as the real one does."""
        match int.from_bytes(value[:1], "little"):
            case Opcode.TARE if self.streaming:
                self._tare_n = float(self._measure(np.array([self.now_s]))[0])
            case Opcode.START_WEIGHT:
                self._start()
            case Opcode.STOP_WEIGHT:
                self._stop()
            case Opcode.FIRMWARE_VERSION:
                self._send(encode(Tag.REPLY, self.spec.firmware.encode()))
            case Opcode.ERROR_INFORMATION:
                self._send(encode(Tag.REPLY, self._error_text.encode()))
            case Opcode.CLEAR_ERROR_INFORMATION:
                self._error_text = ""
            case Opcode.BATTERY_MILLIVOLTS:
                self._send(encode_battery(round(self.battery_mv)))
            case Opcode.DEVICE_ID:
                self._send(encode_device_id(self.spec.device_id))
            case Opcode.SLEEP:
                self.spawn(self.sleep())

    def _send(self, packet: bytes) -> None:
        self.spawn(self.notify(self._data, packet))

    async def _drain_battery(self) -> None:
        """By the minute; warns when low and goes dark when empty."""
        while True:
            await asyncio.sleep(60.0)
            self.battery_mv -= self.spec.drain_mv_per_hour / 60
            if self.battery_mv < self.spec.cutoff_mv:
                await self.power_off()
                return
            if self.battery_mv < self.spec.low_battery_mv:
                self._send(encode(Tag.LOW_POWER))

    # -- measuring --------------------------------------------------------------------------------

    def _start(self) -> None:
        self._stop()
        self._stream = self.spawn(self._measure_and_send())

    def _stop(self) -> None:
        if self._stream:
            self._stream.cancel()
            self._stream = None

    async def _measure_and_send(self) -> None:
        """One packet after the other, each sent when its last sample is taken."""
        timing, start_s, first = self.spec.timing, self._loop.time(), 0
        while True:
            since_start_s = timing.instants(first, timing.per_packet)
            first += timing.per_packet
            await asyncio.sleep(start_s + float(since_start_s[-1]) - self._loop.time())
            await self._send_weights(start_s - self._power_on_s + since_start_s, since_start_s)

    async def _send_weights(self, true_s: FloatArray, since_start_s: FloatArray) -> None:
        weight_kg = ((self._measure(true_s) - self._tare_n) / NEWTONS_PER_KGF).astype(np.float32)
        device_us = self._device_us(since_start_s)
        fits = self._link.backlog(self.spec.address) < self.spec.tx_packets
        if self._keep_log:
            self.log.append(LoggedPacket(true_s, device_us, weight_kg, fits))
        if fits:
            self.sent_samples += len(true_s)
            await self.notify(self._data, encode_weights(weight_kg, device_us))
        else:
            self.dropped_samples += len(true_s)

    def _measure(self, true_s: FloatArray) -> FloatArray:
        tension_n = np.broadcast_to(np.asarray(self._tension_n(true_s), dtype=np.float64), true_s.shape)
        return tension_n + self._rng.normal(0.0, self.spec.noise_n, len(true_s))

    def _device_us(self, since_start_s: FloatArray) -> npt.NDArray[np.uint32]:
        ticks = np.rint(since_start_s * 1e6 * (1 + self.spec.clock_ppm * 1e-6)).astype(np.int64)
        return ((ticks + self.spec.start_us) % CLOCK_MODULO).astype(np.uint32)


def _refuse_to_read(_connection: Connection) -> bytes:
    # Without this, bumble's server never answers a read of a characteristic that can only be written.
    raise att.ATT_Error(att.ATT_READ_NOT_PERMITTED_ERROR)
