"""One radio neighbourhood: the air, this host's adapter, and bleak back ends bound to it.

    async with VirtualRadio.switched_on() as radio:
        sensor = VirtualProgressor(radio.link)
        await sensor.power_on()
        with radio.installed():  # from here on, plain bleak code finds the virtual sensor
            devices = await BleakScanner.discover()

Controllers keep the event loop they were made in: one radio per loop, so one per test.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import bleak

from tempoband.simulator.adapter import VirtualAdapter
from tempoband.simulator.client import BumbleClient
from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.node import Node, make_node
from tempoband.simulator.scanner import BumbleScanner

if TYPE_CHECKING:
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.scanner import BaseBleakScanner

BACKEND_NAME = "virtual"
CENTRAL_ADDRESS = "C0:FF:EE:00:00:01"


class VirtualRadio(VirtualAdapter):
    """This host's Bluetooth adapter, and the link that all virtual sensors share.

    Two radios on one link are two hosts: what one holds, the other cannot connect to.

    Attributes:
        link: the air; faults are set here.
    """

    def __init__(self, node: Node, link: FaultyLink) -> None:
        super().__init__(node)
        self.link = link
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


@contextlib.contextmanager
def _swapped(name: str, backend: type[Any]) -> Iterator[None]:
    saved = getattr(bleak, name)
    setattr(bleak, name, lambda: (backend, BACKEND_NAME))
    try:
        yield
    finally:
        setattr(bleak, name, saved)
