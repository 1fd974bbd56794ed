"""Orders to homes: kept until the home says that they are carried out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records import bridges
from tempoband.storage.records.rows import new_id, record, records, values
from tempoband.storage.records.tables import HomeOrderRow


class OrderKind(StrEnum):
    """What a home may be told to do."""

    ERASE_PERSON = "erase_person"


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
    session.add_all([HomeOrderRow(clinic_id=clinic_id, **values(order)) for order in made])
    session.flush()
    return made


def pending(session: Session, clinic_id: str, home_id: str) -> list[Order]:
    """What a home has still to do, oldest first."""
    query = select(HomeOrderRow).where(
        HomeOrderRow.clinic_id == clinic_id,
        HomeOrderRow.home_id == home_id,
        HomeOrderRow.done_us.is_(None),
    )
    return records(Order, session.scalars(query.order_by(HomeOrderRow.created_us)))


def done(session: Session, clinic_id: str, order_id: str, *, now_us: int) -> Order | None:
    """The home has carried it out; None for an order nobody gave."""
    row = session.get(HomeOrderRow, (clinic_id, order_id))
    if row is None:
        return None
    row.done_us = row.done_us or now_us
    session.flush()
    return record(Order, row)
