"""Whether a sensor is the caller's to see: known, of their clinic, and for wearers worn by themselves."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from dashboard.caller import Caller
from dashboard.errors import not_found
from dashboard.sensors.registry import SensorRegistry
from dashboard.store import StoreHandle
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, devices


@dataclass(frozen=True, slots=True)
class SensorAccess:
    """Judges by the bridges' word, the records and the store: a sensor may be known to one of them only."""

    records: Records
    sensors: SensorRegistry
    store: StoreHandle

    def see(self, session: Session, caller: Caller, sensor: str) -> None:
        """See that the sensor is known and of the caller's clinic.

        Raises:
            DashboardError: 404, alike for an unknown sensor and for a stranger's.
        """
        known = self.sensors.find(sensor) is not None or devices.find(session, caller.clinic_id, sensor)
        if devices.clinic_of(session, sensor) != caller.clinic_id or not (known or self._has_data(sensor)):
            raise not_found("sensor", sensor)

    def _has_data(self, sensor: str) -> bool:
        # Sensors that come in as SenML have no bridge of ours to report them.
        try:
            return sensor in self.store.reader().sensors()
        except StorageError:
            return False

    def see_now(self, caller: Caller, sensor: str) -> None:
        """See that what the sensor measures now is the caller's to see.

        Raises:
            DashboardError: 404.
        """
        with self.records.read() as session:
            self.see(session, caller, sensor)
            caller.check(devices.wearers(session, caller.clinic_id).get(sensor), "sensor", sensor)

    def see_then(self, caller: Caller, sensor: str, *, start_us: int, end_us: int) -> None:
        """See that what the sensor measured in a stretch is the caller's to see.

        Raises:
            DashboardError: 404; for wearers also when somebody else wore it for a part of the stretch.
        """
        with self.records.read() as session:
            self.see(session, caller, sensor)
            wearer = devices.only_wearer(session, caller.clinic_id, sensor, start_us=start_us, end_us=end_us)
            caller.check(wearer, "sensor", sensor)
