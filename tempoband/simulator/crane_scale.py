"""A virtual WH-C06 crane scale: it only advertises, nobody connects to it.

Layout after open decoders: company 0x0100, weight as big-endian u16 hundredths of a kilogram at offset 10
of the manufacturer data, at offset 14 the stable flag (high nibble) and the unit (low nibble). It has no
clock, no sequence number and no tare command.
"""

import asyncio
import contextlib
import struct

import numpy as np
from bumble import hci
from bumble.core import AdvertisingData

from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.progressor import TensionSource

COMPANY_ID = 0x0100
NAME = "IF_B7"
_PAYLOAD_BYTES = 15
_WEIGHT_OFFSET, _STATE_OFFSET = 10, 14
_UNIT_KG = 0x1
_STABLE = 0x1
_STABLE_WITHIN_KG = 0.02


def manufacturer_data(weight_kg: float, *, stable: bool) -> bytes:
    """What follows the company id; the scale shows 0 to 655.35 kg."""
    payload = bytearray(_PAYLOAD_BYTES)
    hundredths = min(max(round(weight_kg * 100), 0), 0xFFFF)
    struct.pack_into(">H", payload, _WEIGHT_OFFSET, hundredths)
    payload[_STATE_OFFSET] = (_STABLE if stable else 0) << 4 | _UNIT_KG
    return bytes(payload)


class VirtualCraneScale:
    """Broadcasts its reading ``rate_hz`` times a second while it is on.

    Attributes:
        sent: readings broadcast so far.
    """

    def __init__(
        self,
        link: FaultyLink,
        tension_n: TensionSource,
        *,
        address: str = "D0:00:00:00:0C:06",
        rate_hz: float = 8.0,
    ) -> None:
        self.address, self.rate_hz, self.sent = address, rate_hz, 0
        self._link, self._tension_n = link, tension_n
        self._task: asyncio.Task[None] | None = None

    async def power_on(self) -> None:
        """Start broadcasting; does nothing while it is on."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._broadcast())

    async def power_off(self) -> None:
        """Fall silent."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _broadcast(self) -> None:
        loop = asyncio.get_running_loop()
        address, start_s, before_kg = hci.Address(self.address), loop.time(), 0.0
        while True:
            t_s = np.array([loop.time() - start_s])
            weight_kg = np.broadcast_to(np.asarray(self._tension_n(t_s)), (1,)).item() / NEWTONS_PER_KGF
            stable = abs(weight_kg - before_kg) < _STABLE_WITHIN_KG
            self._link.announce(address, _advertisement(weight_kg, stable=stable))
            self.sent, before_kg = self.sent + 1, weight_kg
            await asyncio.sleep(start_s + self.sent / self.rate_hz - loop.time())


def _advertisement(weight_kg: float, *, stable: bool) -> bytes:
    data = struct.pack("<H", COMPANY_ID) + manufacturer_data(weight_kg, stable=stable)
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.Type.COMPLETE_LOCAL_NAME, NAME.encode()),
                (AdvertisingData.Type.MANUFACTURER_SPECIFIC_DATA, data),
            ]
        )
    )
