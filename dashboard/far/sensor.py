"""Which sensor of a person is meant, and at which home it is."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from dashboard.sensors.registry import SensorRegistry
from tempoband.contracts.homes import WATCHED_SINCE
from tempoband.contracts.topic_rules import Holder
from tempoband.storage.records import bridges, devices


def worn_by(session: Session, clinic_id: str, person_id: str, sensors: SensorRegistry) -> str | None:
    """The sensor the person wears now; of several the one that was heard last."""
    live = {status.sensor: status.at_us for status in sensors.every()}
    worn = devices.wearers(session, clinic_id)
    mine = [sensor for sensor, wearer in worn.items() if wearer == person_id]
    return max(mine, key=lambda sensor: live.get(sensor, 0), default=None)


@dataclass(frozen=True, slots=True)
class Place:
    """A home that a sensor is at."""

    home: str
    version: str
    can_be_watched: bool


def home_of(session: Session, clinic_id: str, person_id: str, sensor: str | None) -> Place | None:
    """The home of this person where the sensor is; None: it is none's, but here."""
    device = None if sensor is None else devices.find(session, clinic_id, sensor)
    if device is None or device.bridge not in bridges.homes_of(session, clinic_id, person_id):
        return None
    found = bridges.get(session, clinic_id, device.bridge)
    too_old = found.protocol is not None and found.protocol < WATCHED_SINCE
    return Place(found.id, found.version or "?", found.holder is Holder.HOME and not too_old)
