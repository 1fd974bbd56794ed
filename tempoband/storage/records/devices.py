"""Devices: the sensors of a clinic, and who wears which when."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records.errors import conflict, not_found
from tempoband.storage.records.rows import new_id, record, records
from tempoband.storage.records.tables import AssignmentRow, DeviceRow, PersonRow
from tempoband.words.phrases import phrased


@dataclass(frozen=True, slots=True)
class Device:
    """A sensor a clinic knows; ``calibration`` is the driver's own description of it.

    ``simulated`` is True for a virtual one, for good; None where nobody said.
    """

    sensor: str
    name: str
    created_us: int
    bridge: str | None = None
    driver: str = ""
    calibration_id: str | None = None
    calibration: dict[str, Any] | None = None
    simulated: bool | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person wears one sensor from ``from_us`` until before ``to_us``; None while it lasts."""

    id: str
    sensor: str
    person_id: str
    from_us: int
    to_us: int | None = None


def seen(session: Session, clinic_id: str, device: Device) -> Device:
    """Keep a sensor, or what is new about a known one; its first sight stays.

    Raises:
        RecordsError: CONFLICT, when it belongs to another clinic.
    """
    owner = session.scalar(select(DeviceRow).where(DeviceRow.sensor == device.sensor))
    if owner is not None and owner.clinic_id != clinic_id:
        raise conflict(phrased("the sensor {sensor!r} belongs to another clinic", sensor=device.sensor))
    if owner is None:
        owner = DeviceRow(clinic_id=clinic_id, sensor=device.sensor, created_us=device.created_us)
        session.add(owner)
    for name in ("name", "bridge", "driver", "calibration_id", "calibration"):
        setattr(owner, name, getattr(device, name))
    owner.simulated = owner.simulated or device.simulated  # what it measured stays simulated
    session.flush()
    return record(Device, owner)


def find(session: Session, clinic_id: str, sensor: str) -> Device | None:
    """One sensor, or None."""
    row = session.get(DeviceRow, (clinic_id, sensor))
    return None if row is None else record(Device, row)


def every(session: Session, clinic_id: str) -> list[Device]:
    """All sensors of a clinic, by name."""
    query = select(DeviceRow).where(DeviceRow.clinic_id == clinic_id)
    return records(Device, session.scalars(query.order_by(DeviceRow.name, DeviceRow.sensor)))


def simulated(session: Session, clinic_id: str) -> frozenset[str]:
    """The virtual sensors of a clinic."""
    query = select(DeviceRow.sensor).where(DeviceRow.clinic_id == clinic_id, DeviceRow.simulated.is_(True))
    return frozenset(session.scalars(query))


def clinic_of(session: Session, sensor: str) -> str:
    """The clinic a sensor belongs to; the local one while nobody claimed it."""
    return session.scalar(select(DeviceRow.clinic_id).where(DeviceRow.sensor == sensor)) or LOCAL_CLINIC


def assign(session: Session, clinic_id: str, sensor: str, person_id: str, *, now_us: int) -> Assignment:
    """Give a sensor to a person from now on; who had it before, has not any more.

    Raises:
        RecordsError: NOT_FOUND, for an unknown sensor or person.
    """
    if session.get(DeviceRow, (clinic_id, sensor)) is None:
        raise not_found("sensor", sensor)
    if session.get(PersonRow, (clinic_id, person_id)) is None:
        raise not_found("person", person_id)
    before = _open(session, clinic_id, sensor)
    if before is not None and before.person_id == person_id:
        return record(Assignment, before)
    release(session, clinic_id, sensor, now_us=now_us)
    row = AssignmentRow(
        clinic_id=clinic_id, id=new_id(), sensor=sensor, person_id=person_id, from_us=now_us, to_us=None
    )
    session.add(row)
    session.flush()
    return record(Assignment, row)


def release(session: Session, clinic_id: str, sensor: str, *, now_us: int) -> None:
    """Nobody wears the sensor from now on."""
    before = _open(session, clinic_id, sensor)
    if before is not None:
        before.to_us = max(now_us, before.from_us)
        session.flush()


def wearer_at(session: Session, clinic_id: str, sensor: str, at_us: int) -> str | None:
    """Id of the person who wore the sensor at a moment."""
    query = select(AssignmentRow.person_id).where(
        AssignmentRow.clinic_id == clinic_id,
        AssignmentRow.sensor == sensor,
        AssignmentRow.from_us <= at_us,
        or_(AssignmentRow.to_us.is_(None), AssignmentRow.to_us > at_us),
    )
    return session.scalar(query.order_by(AssignmentRow.from_us.desc()).limit(1))


def only_wearer(session: Session, clinic_id: str, sensor: str, *, start_us: int, end_us: int) -> str | None:
    """Id of the person who wore the sensor for all of start_us <= t < end_us; None when nobody did."""
    query = select(AssignmentRow.person_id).where(
        AssignmentRow.clinic_id == clinic_id,
        AssignmentRow.sensor == sensor,
        AssignmentRow.from_us <= start_us,
        or_(AssignmentRow.to_us.is_(None), AssignmentRow.to_us >= end_us),
    )
    return session.scalar(query.limit(1))


def worn_by_others(
    session: Session, clinic_id: str, sensor: str, people: Collection[str]
) -> list[tuple[int, int]]:
    """Stretches start_us <= t < end_us in which somebody else than these people wore the sensor."""
    query = select(AssignmentRow.from_us, AssignmentRow.to_us).where(
        AssignmentRow.clinic_id == clinic_id,
        AssignmentRow.sensor == sensor,
        AssignmentRow.person_id.not_in(people),
    )
    return [(row.from_us, 2**62 if row.to_us is None else row.to_us) for row in session.execute(query)]


def bridge_clinics(session: Session) -> dict[str, str]:
    """Which clinic the sensors of each bridge belong to."""
    query = select(DeviceRow.bridge, DeviceRow.clinic_id).where(DeviceRow.bridge.is_not(None))
    return {row.bridge: row.clinic_id for row in session.execute(query)}


def wearers(session: Session, clinic_id: str) -> dict[str, str]:
    """Ids of the people who wear each sensor now."""
    query = select(AssignmentRow.sensor, AssignmentRow.person_id).where(
        AssignmentRow.clinic_id == clinic_id, AssignmentRow.to_us.is_(None)
    )
    return {row.sensor: row.person_id for row in session.execute(query)}


def _open(session: Session, clinic_id: str, sensor: str) -> AssignmentRow | None:
    return session.scalar(
        select(AssignmentRow).where(
            AssignmentRow.clinic_id == clinic_id,
            AssignmentRow.sensor == sensor,
            AssignmentRow.to_us.is_(None),
        )
    )
