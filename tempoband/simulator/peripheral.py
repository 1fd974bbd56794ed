"""What every connectable virtual sensor shares: power, advertising, one connection, its own tasks."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from bumble import core
from bumble.core import AdvertisingData
from bumble.device import AdvertisingEventProperties, AdvertisingParameters, AdvertisingSet, Connection
from bumble.gatt import Characteristic, Service

from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.node import make_node

_ADVERTISING_MS = 100.0


class Peripheral:
    """A GATT server on the link; make it and power it on inside the running loop.

    Attributes:
        powered: False when switched off, run flat or asleep.
    """

    def __init__(self, link: FaultyLink, address: str, name: str, service: Service) -> None:
        self.powered = False
        self._link, self._address, self._name = link, address, name
        self._loop = asyncio.get_running_loop()
        self._device = make_node(link, address, name).device
        self._device.add_service(service)
        self._device.on("connection", self._on_connection)
        self._connection: Connection | None = None
        self._advertiser: AdvertisingSet | None = None
        self._advertising = asyncio.Lock()  # HCI commands of one sensor do not interleave
        self._power_on_s = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def power_on(self) -> None:
        """Press the button: it boots, its clocks start, it advertises."""
        self.powered = True
        self._power_on_s = self._loop.time()
        await self._advertise()

    async def power_off(self) -> None:
        """Pull the battery: no goodbye on the air."""
        self.powered = False
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        self._link.lose(self._address)
        await self._hide()

    async def sleep(self) -> None:
        """Hang up and go dark until the button is pressed."""
        self.powered = False
        if self._connection:
            with contextlib.suppress(core.BaseBumbleError, asyncio.CancelledError):
                await self._connection.disconnect()
        await self._hide()

    @property
    def now_s(self) -> float:
        """Seconds since power-on: the time its tension source is asked for."""
        return self._loop.time() - self._power_on_s

    async def notify(self, characteristic: Characteristic[bytes], packet: bytes) -> None:
        """Send to the connected client, if there is one that has subscribed."""
        if self._connection:
            await self._device.notify_subscriber(self._connection, characteristic, packet)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside; it ends with the power."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def on_disconnected(self) -> None:
        """The client is gone, for whatever reason."""

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        connection.on(Connection.EVENT_DISCONNECTION, self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self.on_disconnected()
        self.spawn(self._advertise())

    async def _advertise(self) -> None:
        async with self._advertising:
            if self._advertiser is None:
                await self._device.power_on()
                self._advertiser = await self._device.create_advertising_set(
                    _parameters(), advertising_data=_advertisement(self._name), auto_start=False
                )
            if self.powered and not self._advertiser.enabled:
                await self._advertiser.start()

    async def _hide(self) -> None:
        async with self._advertising:
            if self._advertiser and self._advertiser.enabled:
                await self._advertiser.stop()


def _parameters() -> AdvertisingParameters:
    return AdvertisingParameters(
        advertising_event_properties=AdvertisingEventProperties(is_legacy=True, is_scannable=True),
        primary_advertising_interval_min=_ADVERTISING_MS,
        primary_advertising_interval_max=_ADVERTISING_MS,
    )


def _advertisement(name: str) -> bytes:
    # A 128-bit service UUID does not fit beside the name; real ones are found by name too.
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.Type.FLAGS, b"\x06"),
                (AdvertisingData.Type.COMPLETE_LOCAL_NAME, name.encode()),
            ]
        )
    )
