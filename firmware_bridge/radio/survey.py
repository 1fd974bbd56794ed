"""What is in the air now: the list behind ``tempoband sensors``."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from firmware_bridge.drivers.base import Battery, Driver
from firmware_bridge.drivers.registry import driver_for
from firmware_bridge.errors import BridgeError, Step
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.radio.air import Air, Sighting
from firmware_bridge.radio.link import Inbox, guarded, open_sensor

LISTEN_S = 6.0
ASK_S = 10.0


@dataclass(frozen=True, slots=True)
class Found:
    """A sensor within reach.

    Attributes:
        sensor: its id in topics and settings.
        rssi_dbm: signal strength; above -70 is good, below -85 breaks.
        driver: which driver would take it.
        battery: None where it was not asked or does not tell.
        detail: why the battery could not be read.
    """

    sensor: str
    name: str
    address: str
    rssi_dbm: int
    driver: str
    battery: Battery | None = None
    detail: str = ""


async def survey(
    drivers: Sequence[Driver],
    *,
    adapter: str | None = None,
    listen_s: float = LISTEN_S,
    ask_battery: bool = True,
) -> list[Found]:
    """Listen for a while and list every sensor that a driver would take, strongest first.

    Sensors that a bridge or an app holds do not advertise and are not listed.

    Raises:
        RadioError: this computer cannot use Bluetooth now.
    """
    air, heard = Air(adapter), dict[str, Sighting]()
    air.subscribe(lambda sighting: heard.__setitem__(sighting.advertisement.address, sighting))
    scanning = asyncio.create_task(air.run())
    try:
        with air.seeking():
            await asyncio.sleep(listen_s)
        if air.problem is not None and not heard:
            raise air.problem
        found = [await _describe(s, drivers, air, ask_battery=ask_battery) for s in heard.values()]
    finally:
        scanning.cancel()
        await asyncio.gather(scanning, return_exceptions=True)
    return sorted((f for f in found if f is not None), key=lambda f: -f.rssi_dbm)


async def _describe(
    sighting: Sighting, drivers: Sequence[Driver], air: Air, *, ask_battery: bool
) -> Found | None:
    advertisement = sighting.advertisement
    driver = driver_for(drivers, advertisement)
    if driver is None:
        return None
    battery, detail = None, ""
    if ask_battery and driver.traits.battery:
        try:
            battery = await _battery(driver, sighting, air)
        except BridgeError as error:
            detail = str(error)
    return Found(
        sensor=driver.sensor_id(advertisement),
        name=advertisement.name,
        address=advertisement.address,
        rssi_dbm=advertisement.rssi_dbm,
        driver=driver.name,
        battery=battery,
        detail=detail,
    )


async def _battery(driver: Driver, sighting: Sighting, air: Air) -> Battery:
    inbox = Inbox(lambda: HostTime(0, 0))
    async with open_sensor(driver, sighting, air, inbox, {}) as session:
        return await guarded(session.battery(), ASK_S, Step.BATTERY)
