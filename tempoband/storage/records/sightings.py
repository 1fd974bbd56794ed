"""When each sensor was last heard, and its battery then."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records import devices, standings
from tempoband.storage.records.rows import record, values
from tempoband.storage.records.tables import DeviceRow, SightingRow

_LONG_US = 12 * 3_600_000_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """The last sign of a sensor."""

    sensor: str
    heard_us: int
    battery_percent: int | None = None


def heard(session: Session, clinic_id: str, sighting: Sighting) -> None:
    """Keep a sign of a known sensor; an older one, or one of an unknown sensor, changes nothing."""
    if session.get(DeviceRow, (clinic_id, sighting.sensor)) is None:
        return
    row = session.get(SightingRow, (clinic_id, sighting.sensor))
    if row is None:
        session.add(SightingRow(clinic_id=clinic_id, **values(sighting)))
    elif row.heard_us < sighting.heard_us:
        _tell_standing(session, clinic_id, row, sighting)
        row.heard_us = sighting.heard_us
        row.battery_percent = (
            row.battery_percent if sighting.battery_percent is None else sighting.battery_percent
        )
    session.flush()


def _tell_standing(session: Session, clinic_id: str, row: SightingRow, sighting: Sighting) -> None:
    """A sensor that was silent for long is heard again: its wearer's standing says so at once."""
    wearer = devices.wearers(session, clinic_id).get(sighting.sensor)
    if wearer is not None and sighting.heard_us - row.heard_us > _LONG_US:
        standings.changed(session, clinic_id, wearer)


def every(session: Session, clinic_id: str) -> dict[str, Sighting]:
    """The last signs of a clinic's sensors."""
    rows = session.scalars(select(SightingRow).where(SightingRow.clinic_id == clinic_id))
    return {row.sensor: record(Sighting, row) for row in rows}
