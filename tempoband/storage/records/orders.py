"""Orders to homes: kept until the home says that they are carried out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.contracts.topic_rules import Holder
from tempoband.storage.records import bridges, devices
from tempoband.storage.records.rows import new_id, record, records, values
from tempoband.storage.records.tables import HomeOrderRow


class OrderKind(StrEnum):
    """What a home may be told to do."""

    ERASE_PERSON = "erase_person"
    ERASE_STRETCH = "erase_stretch"  # of one sensor, from start_us to end_us


REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Order:
    """One order to one home."""

    id: str
    home_id: str
    kind: OrderKind
    body: dict[str, Any]
    created_us: int
    created_by: str
    done_us: int | None = None
    outcome: str | None = None


def erase_at_homes(session: Session, clinic_id: str, person_id: str, *, by: str, now_us: int) -> list[Order]:
    """Have every home of a person erase them too; call it before the person is forgotten here."""
    made = [
        Order(new_id(), home, OrderKind.ERASE_PERSON, {"person_id": person_id}, now_us, by)
        for home in bridges.homes_of(session, clinic_id, person_id)
    ]
    return _give(session, clinic_id, made)


def erase_stretch_at_home(
    session: Session, clinic_id: str, sensor: str, start_us: int, end_us: int, *, by: str, now_us: int
) -> list[Order]:
    """Have the home that a sensor is at erase a stretch of it too."""
    device = devices.find(session, clinic_id, sensor)
    homes = {each.id for each in bridges.every(session, clinic_id, Holder.HOME) if each.revoked_us is None}
    if device is None or device.bridge not in homes:
        return []
    body = {"sensor": sensor, "start_us": start_us, "end_us": end_us}
    return _give(
        session, clinic_id, [Order(new_id(), device.bridge, OrderKind.ERASE_STRETCH, body, now_us, by)]
    )


def _give(session: Session, clinic_id: str, made: list[Order]) -> list[Order]:
    session.add_all([HomeOrderRow(clinic_id=clinic_id, **values(order)) for order in made])
    session.flush()
    return made


def erase_again(session: Session, clinic_id: str, home_id: str, person_id: str) -> bool:
    """A home tells of somebody it was ordered to erase: an old backup. The order stands again."""
    query = select(HomeOrderRow).where(
        HomeOrderRow.clinic_id == clinic_id,
        HomeOrderRow.home_id == home_id,
        HomeOrderRow.kind == OrderKind.ERASE_PERSON,
        HomeOrderRow.done_us.is_not(None),
    )
    again = [row for row in session.scalars(query) if row.body.get("person_id") == person_id]
    for row in again:
        row.done_us = row.outcome = None
    session.flush()
    return bool(again)


def pending(session: Session, clinic_id: str, home_id: str) -> list[Order]:
    """What a home has still to do, oldest first."""
    query = select(HomeOrderRow).where(
        HomeOrderRow.clinic_id == clinic_id,
        HomeOrderRow.home_id == home_id,
        HomeOrderRow.done_us.is_(None),
    )
    return records(Order, session.scalars(query.order_by(HomeOrderRow.created_us)))


def newest(session: Session, clinic_id: str, limit: int = 200) -> list[Order]:
    """The latest orders to every home, carried out or not, newest first."""
    query = select(HomeOrderRow).where(HomeOrderRow.clinic_id == clinic_id)
    return records(
        Order, session.scalars(query.order_by(HomeOrderRow.created_us.desc(), HomeOrderRow.id).limit(limit))
    )


def waiting(session: Session) -> set[str]:
    """Every home, of any clinic, that has still something to do."""
    return set(session.scalars(select(HomeOrderRow.home_id).where(HomeOrderRow.done_us.is_(None)).distinct()))


def done(
    session: Session, clinic_id: str, order_id: str, *, now_us: int, outcome: str | None = None
) -> Order | None:
    """The home has carried it out, or said in ``outcome`` why not; None for an order nobody gave."""
    row = session.get(HomeOrderRow, (clinic_id, order_id))
    if row is None:
        return None
    row.done_us, row.outcome = row.done_us or now_us, outcome
    session.flush()
    return record(Order, row)
