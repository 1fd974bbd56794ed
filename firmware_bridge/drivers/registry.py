"""Finds drivers by entry point: the built-in ones are registered like anybody else's."""

from collections.abc import Sequence
from importlib.metadata import entry_points

import structlog

from firmware_bridge.drivers.base import Advertisement, Driver

GROUP = "tempoband.drivers"
log = structlog.get_logger()


def load_drivers() -> tuple[Driver, ...]:
    """Every installed driver, by name; one that cannot be loaded is logged and left out."""
    drivers: list[Driver] = []
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        try:
            drivers.append(point.load()())
        except Exception as error:  # noqa: BLE001 - somebody else's package must not stop the bridge
            log.warning("driver_not_loaded", driver=point.name, error=repr(error))
    return tuple(drivers)


def driver_for(drivers: Sequence[Driver], advertisement: Advertisement) -> Driver | None:
    """The first driver that would take the sensor; one that fails on it does not match."""
    for driver in drivers:
        try:
            if driver.matches(advertisement):
                return driver
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("driver_failed", driver=driver.name, error=repr(error))
    return None
