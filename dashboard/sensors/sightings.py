"""Writes the sensors that bridges report into the records, once per news."""

import asyncio
import time

import structlog

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SensorState, SensorStatus
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, RecordsError, devices, sightings
from tempoband.storage.records.devices import Device
from tempoband.storage.records.sightings import Sighting

_RETRY_S = 5.0
_HEARD_EVERY_US = 600_000_000
_ALIVE = frozenset({SensorState.STREAMING, SensorState.IDLE})

log = structlog.get_logger(__name__)


class Sightings:
    """A queue between the message loop and the database: a slow disk must not delay live frames."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: dict[str, tuple[str, str, str, str | None, bool, int]] = {}
        self._news: asyncio.Queue[SensorStatus] = asyncio.Queue()

    def saw(self, status: SensorStatus) -> None:
        """A status arrived; only what the records keep counts as news."""
        told = (status.name, status.bridge, status.driver, status.calibration_id)
        news = (*told, status.simulated, _heard(status))
        if self._known.get(status.sensor) != news:
            self._known[status.sensor] = news
            self._news.put_nowait(status)

    async def run(self) -> None:
        """Write news until cancelled."""
        while True:
            status = await self._news.get()
            try:
                await asyncio.to_thread(self._keep, status)
            except RecordsError as error:
                log.warning("sensor_not_kept", sensor=status.sensor, error=str(error))
            except StorageError as error:
                log.warning("sensor_not_kept_yet", sensor=status.sensor, error=str(error))
                self._news.put_nowait(status)
                await asyncio.sleep(_RETRY_S)

    def _keep(self, status: SensorStatus) -> None:
        with self._records.write() as session:
            devices.seen(session, LOCAL_CLINIC, device_of(status))
            if status.state in _ALIVE:
                sighting = Sighting(status.sensor, status.at_us, status.battery_percent)
                sightings.heard(session, LOCAL_CLINIC, sighting)


def _heard(status: SensorStatus) -> int:
    """When it was heard, coarsely: a sign of life is written down once in a while, not each second."""
    return status.at_us // _HEARD_EVERY_US if status.state in _ALIVE else 0


def device_of(status: SensorStatus) -> Device:
    """What the records keep of a status."""
    return Device(
        sensor=status.sensor,
        name=status.name or status.sensor,
        created_us=time.time_ns() // 1000,
        bridge=status.bridge,
        driver=status.driver,
        calibration_id=status.calibration_id,
        simulated=status.simulated or None,
    )
