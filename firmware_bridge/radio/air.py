"""What is in the air: one scanner for the whole bridge."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog
from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from firmware_bridge.drivers.base import Advertisement
from firmware_bridge.errors import RadioError
from firmware_bridge.radio.cancelling import end_if_cancelled
from firmware_bridge.radio.probe import probe_radio
from firmware_bridge.radio.problems import RADIO_ERRORS, radio_error

SEEKING_S = 30.0  # a scan is renewed so often: an adapter that was switched off shows only then
GLANCE_S, REST_S = 3.0, 12.0  # nobody is missing: look now and then for new sensors, spare the radio
FIRST_RETRY_S, LAST_RETRY_S = 1.0, 30.0
RECENT_S = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sighting:
    """The latest advertisement of a device."""

    advertisement: Advertisement
    device: BLEDevice
    at_s: float  # loop time


class Air:
    """Listens for advertisements and tells who is interested."""

    def __init__(self, adapter: str | None = None, *, probe_first: bool = sys.platform == "darwin") -> None:
        """Nothing happens before ``run``.

        Args:
            adapter: Linux: such as hci1.
            probe_first: try Bluetooth in a child process before this one touches it.
        """
        self._probe_first = probe_first
        self._adapter = adapter
        self._seen: dict[str, Sighting] = {}
        self._listeners: list[Callable[[Sighting], None]] = []
        self._seekers = 0
        self._changed = asyncio.Event()
        self.problem: RadioError | None = None
        self.on_problem: Callable[[RadioError | None], None] = lambda _problem: None

    def subscribe(self, listener: Callable[[Sighting], None]) -> Callable[[], None]:
        """Call back with every advertisement; returns how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def seeking(self) -> Iterator[None]:
        """While inside, scan without pause."""
        self._seekers += 1
        self._changed.set()
        try:
            yield
        finally:
            self._seekers -= 1

    def recent(self, address: str) -> Sighting | None:
        """The device's last advertisement if it is not older than some seconds."""
        sighting = self._seen.get(address)
        fresh = sighting and asyncio.get_running_loop().time() - sighting.at_s <= RECENT_S
        return sighting if fresh else None

    def forget(self, address: str) -> None:
        """What was seen of a device before it was connected says nothing about it now."""
        self._seen.pop(address, None)

    async def wait_for(self, address: str, timeout_s: float) -> Sighting | None:
        """The device's next advertisement, or None when the time is over."""
        found: asyncio.Future[Sighting] = asyncio.get_running_loop().create_future()

        def listener(sighting: Sighting) -> None:
            if sighting.advertisement.address == address and not found.done():
                found.set_result(sighting)

        stop = self.subscribe(listener)
        try:
            with self.seeking():
                async with asyncio.timeout(timeout_s):
                    return await found
        except TimeoutError:
            return None
        finally:
            stop()

    async def run(self) -> None:
        """Scan for as long as it takes; a problem of the radio is told and tried again."""
        pause_s = FIRST_RETRY_S
        while True:
            end_if_cancelled()
            try:
                await self._scan()
                pause_s = FIRST_RETRY_S
            except (RadioError, *RADIO_ERRORS) as error:
                self._tell(error if isinstance(error, RadioError) else radio_error(error))
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LAST_RETRY_S)

    async def _scan(self) -> None:
        if self._probe_first:
            await probe_radio()
            self._probe_first = False
        bluez = BlueZScannerArgs(adapter=self._adapter) if self._adapter else BlueZScannerArgs()
        async with BleakScanner(self._on_advertisement, bluez=bluez):
            self._tell(None)
            end_if_cancelled()
            await asyncio.sleep(SEEKING_S if self._seekers else GLANCE_S)
        end_if_cancelled()
        if not self._seekers:
            self._changed.clear()
            await _wait(self._changed, REST_S)

    def _tell(self, problem: RadioError | None) -> None:
        if str(problem) != str(self.problem):
            self.problem = problem
            self.on_problem(problem)
            if problem is not None:
                log.warning("no_bluetooth", problem=str(problem.problem), detail=str(problem))

    def _on_advertisement(self, device: BLEDevice, data: AdvertisementData) -> None:
        advertisement = Advertisement(
            address=device.address,
            name=data.local_name or device.name or "",
            rssi_dbm=data.rssi,
            service_uuids=tuple(data.service_uuids),
            manufacturer_data=data.manufacturer_data,
        )
        sighting = Sighting(advertisement, device, asyncio.get_running_loop().time())
        self._seen[device.address] = sighting
        for listener in tuple(self._listeners):
            listener(sighting)


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
