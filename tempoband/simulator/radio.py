"""One radio neighbourhood: the air, this host's adapter, and bleak back ends bound to it.

    async with VirtualRadio.switched_on() as radio:
        sensor = VirtualProgressor(radio.link)
        await sensor.power_on()
        with radio.installed():  # from here on, plain bleak code finds the virtual sensor
            devices = await BleakScanner.discover()

Controllers keep the event loop they were made in: one radio per loop, so one per test.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import bleak
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason
from bumble import core
from bumble.device import Device

from tempoband.simulator.client import BumbleClient
from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.node import Node, make_node
from tempoband.simulator.scanner import BumbleScanner

if TYPE_CHECKING:
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.scanner import BaseBleakScanner

BACKEND_NAME = "virtual"
CENTRAL_ADDRESS = "C0:FF:EE:00:00:01"


class VirtualRadio:
    """This host's Bluetooth adapter, and the link that all virtual sensors share.

    Two radios on one link are two hosts: what one holds, the other cannot connect to.

    Attributes:
        link: the air; faults are set here.
        unavailable: why there is no Bluetooth, or None while the adapter is on.
        mtu: the ATT MTU that clients ask for.
    """

    def __init__(self, node: Node, link: FaultyLink) -> None:
        self.link = link
        self.unavailable: BleakBluetoothNotAvailableReason | None = None
        self.mtu = 517
        self.connect_lock = asyncio.Lock()  # a controller makes one connection at a time
        self._node = node
        self._scanning = 0
        # bleak wants classes (it reads __name__), so the radio is bound by subclassing.
        self.client_class: type[BaseBleakClient] = type("VirtualClient", (BumbleClient,), {"radio": self})
        self.scanner_class: type[BaseBleakScanner] = type("VirtualScanner", (BumbleScanner,), {"radio": self})

    @classmethod
    async def create(cls, link: FaultyLink | None = None, address: str = CENTRAL_ADDRESS) -> "VirtualRadio":
        """Power an adapter on, in the running loop.

        Args:
            link: the air, shared with sensors and other hosts; a new one by default.
            address: random static address (the two top bits set); unlike any other on the link.
        """
        link = link or FaultyLink()
        node = make_node(link, address, "host")
        await node.device.power_on()
        return cls(node, link)

    @classmethod
    @contextlib.asynccontextmanager
    async def switched_on(
        cls, link: FaultyLink | None = None, address: str = CENTRAL_ADDRESS
    ) -> AsyncIterator["VirtualRadio"]:
        """An adapter for the length of a block; on leaving, every link of it is dropped."""
        radio = await cls.create(link, address)
        try:
            yield radio
        finally:
            await radio.turn_off()

    @property
    def central(self) -> Device:
        """The host side of the adapter."""
        return self._node.device

    @contextlib.contextmanager
    def installed(self) -> Iterator["VirtualRadio"]:
        """Make ``BleakClient(...)`` and ``BleakScanner()`` without ``backend=`` use this radio."""
        with contextlib.ExitStack() as stack:
            for name, backend in (
                ("get_platform_client_backend_type", self.client_class),
                ("get_platform_scanner_backend_type", self.scanner_class),
            ):
                stack.enter_context(_swapped(name, backend))
            yield self

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


@contextlib.contextmanager
def _swapped(name: str, backend: type[Any]) -> Iterator[None]:
    saved = getattr(bleak, name)
    setattr(bleak, name, lambda: (backend, BACKEND_NAME))
    try:
        yield
    finally:
        setattr(bleak, name, saved)
