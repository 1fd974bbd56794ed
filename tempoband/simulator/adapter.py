"""The virtual host's Bluetooth adapter: on or off, one connection at a time, several scanners."""

import asyncio
import contextlib

from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason
from bumble import core
from bumble.device import Device

from tempoband.simulator.node import Node


class VirtualAdapter:
    """What the scanners and clients of one host share.

    Attributes:
        unavailable: why there is no Bluetooth, or None while the adapter is on.
        mtu: the ATT MTU that clients ask for.
    """

    def __init__(self, node: Node) -> None:
        self.unavailable: BleakBluetoothNotAvailableReason | None = None
        self.mtu = 517
        self.connect_lock = asyncio.Lock()  # a controller makes one connection at a time
        self._node = node
        self._scanning = 0

    @property
    def central(self) -> Device:
        """The host side of the adapter."""
        return self._node.device

    async def turn_off(
        self, reason: BleakBluetoothNotAvailableReason = BleakBluetoothNotAvailableReason.POWERED_OFF
    ) -> None:
        """Take Bluetooth away: links drop, scanners fall silent, new calls raise with the reason."""
        self.unavailable = reason
        if self._scanning:
            await self.central.stop_scanning()
        for connection in list(self.central.connections.values()):
            with contextlib.suppress(core.BaseBumbleError, asyncio.CancelledError):
                await connection.disconnect()

    async def turn_on(self) -> None:
        """Give Bluetooth back; scanners that are still started hear again."""
        self.unavailable = None
        if self._scanning:
            await self._start_scanning()

    def check_available(self) -> None:
        """Raise what bleak raises when there is no usable adapter.

        Raises:
            BleakBluetoothNotAvailableError: with the reason.
        """
        if self.unavailable is not None:
            words = self.unavailable.name.lower().replace("_", " ")
            raise BleakBluetoothNotAvailableError(f"virtual adapter: {words}", self.unavailable)

    async def scan_on(self) -> None:
        """One more scanner listens; several may."""
        self._scanning += 1
        if self._scanning == 1:
            await self._start_scanning()

    async def scan_off(self) -> None:
        """One scanner less listens."""
        self._scanning -= 1
        if self._scanning == 0 and self.unavailable is None:
            await self.central.stop_scanning()

    async def _start_scanning(self) -> None:
        # Passive: the virtual controller repeats every advertisement as its own scan response.
        await self.central.start_scanning(active=False, filter_duplicates=False)

    def give_up_connecting(self) -> None:
        """Clear a connection request that was cancelled.

        bumble 0.0.236 leaves the request pending and its controller ignores LE Create Connection Cancel:
        the next connect would be refused, or a ghost connection would appear later.
        """
        self._node.controller.pending_le_connection = None
