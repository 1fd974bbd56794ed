"""Clinics: the tenants."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.errors import not_found
from tempoband.storage.records.rows import record, records
from tempoband.storage.records.tables import ClinicRow


@dataclass(frozen=True, slots=True)
class Clinic:
    """A tenant; ``time_zone`` is an IANA name, days and weeks are counted in it."""

    id: str
    name: str
    time_zone: str
    created_us: int


def ensure(session: Session, clinic_id: str, name: str, *, now_us: int, time_zone: str = "UTC") -> Clinic:
    """The clinic, made when it is not there yet."""
    row = session.get(ClinicRow, clinic_id)
    if row is None:
        row = ClinicRow(id=clinic_id, name=name, time_zone=time_zone, created_us=now_us)
        session.add(row)
        session.flush()
    return record(Clinic, row)


def get(session: Session, clinic_id: str) -> Clinic:
    """One clinic.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = session.get(ClinicRow, clinic_id)
    if row is None:
        raise not_found("clinic", clinic_id)
    return record(Clinic, row)


def set_time_zone(session: Session, clinic_id: str, time_zone: str) -> None:
    """Count a clinic's days in another zone.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = session.get(ClinicRow, clinic_id)
    if row is None:
        raise not_found("clinic", clinic_id)
    row.time_zone = time_zone
    session.flush()


def rename(session: Session, clinic_id: str, name: str) -> None:
    """Call a clinic by another name.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = session.get(ClinicRow, clinic_id)
    if row is None:
        raise not_found("clinic", clinic_id)
    row.name = name
    session.flush()


def every(session: Session) -> list[Clinic]:
    """All clinics, by name."""
    return records(Clinic, session.scalars(select(ClinicRow).order_by(ClinicRow.name)))
