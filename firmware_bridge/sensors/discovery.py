"""Which sensors there are: those in the air that a driver takes, and those known from before."""

import asyncio
import hashlib
from collections.abc import Sequence

import structlog

from firmware_bridge.drivers.base import Advertisement, Driver
from firmware_bridge.drivers.registry import driver_for
from firmware_bridge.errors import SpoolError
from firmware_bridge.radio.air import Sighting
from firmware_bridge.sensors.sensor import Sensor, Surroundings
from firmware_bridge.spool.items import KnownSensor
from firmware_bridge.spool.spool import Spool
from tempoband.contracts.topics import check_name

log = structlog.get_logger()


class Roster:
    """Takes sensors in as they are seen; a sensor keeps its id for good."""

    def __init__(
        self,
        drivers: Sequence[Driver],
        spool: Spool,
        around: Surroundings,
        sensors: dict[str, Sensor],
        group: asyncio.TaskGroup,
    ) -> None:
        self._drivers = drivers
        self._spool = spool
        self._around = around
        self._sensors = sensors
        self._group = group
        self._by_address: dict[str, Sensor | None] = {}

    def recall(self) -> None:
        """Take in every sensor of earlier runs: its status must not stay what it was."""
        by_name = {driver.name: driver for driver in self._drivers}
        for known in self._spool.known_sensors():
            driver = by_name.get(known.driver)
            if driver is not None and self._allowed(known.sensor, known.name, known.address):
                self._take(known, driver)

    def saw(self, sighting: Sighting) -> None:
        """Something was on the air."""
        advertisement = sighting.advertisement
        if advertisement.address in self._by_address or not (
            advertisement.name or advertisement.manufacturer_data
        ):
            return
        driver = driver_for(self._drivers, advertisement)
        if driver is None:
            return
        try:
            name = check_name(driver.sensor_id(advertisement), "sensor")
        except ValueError as error:
            log.warning("driver_failed", driver=driver.name, error=str(error))
            name = ""
        if name and self._allowed(name, advertisement.name, advertisement.address):
            self._meet(name, driver, advertisement)
        else:
            self._by_address[advertisement.address] = None

    def _meet(self, name: str, driver: Driver, advertisement: Advertisement) -> None:
        twin = self._sensors.get(name)
        if twin is not None and self._around.air.recent(twin.known.address) is None:
            twin.moved(advertisement.address)
            self._by_address[advertisement.address] = twin
            self._remember(twin.known)
            return
        if twin is not None:  # two in reach with one name
            name = f"{name}-{hashlib.sha256(advertisement.address.encode()).hexdigest()[:6]}"
        known = KnownSensor(name, driver.name, advertisement.address, advertisement.name)
        self._remember(known)
        self._take(known, driver)

    def _remember(self, known: KnownSensor) -> None:
        try:
            self._spool.remember(known)
        except SpoolError as error:  # a full disk: it streams all the same
            log.warning("sensor_not_remembered", sensor=known.sensor, error=str(error))

    def _take(self, known: KnownSensor, driver: Driver) -> None:
        sensor = Sensor(known, driver, self._around)
        self._sensors[known.sensor] = self._by_address[known.address] = sensor
        log.info("sensor_taken", sensor=known.sensor, driver=driver.name)
        self._group.create_task(sensor.run())

    def _allowed(self, *names: str) -> bool:
        allowed = {name.lower() for name in self._around.settings.sensors}
        return not allowed or any(name.lower() in allowed for name in names)
