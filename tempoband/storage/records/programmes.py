"""Programmes: named groups of exercises to prescribe together."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.errors import not_found
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import ProgrammeRow
from tempoband.storage.records.words import Mode

__all__ = ["Mode", "Programme", "add", "archive", "current", "get"]


@dataclass(frozen=True, slots=True)
class Programme:
    """A group of drafts of prescriptions, as JSON; see ``Draft`` for their fields."""

    id: str
    name: str
    mode: Mode
    items: list[dict[str, Any]]
    created_us: int
    created_by: str
    archived_us: int | None = None


def add(session: Session, clinic_id: str, programme: Programme) -> Programme:
    """Keep a programme."""
    session.add(ProgrammeRow(clinic_id=clinic_id, **values(programme)))
    session.flush()
    return programme


def archive(session: Session, clinic_id: str, programme_id: str, *, now_us: int) -> Programme:
    """Take a programme off the list; prescriptions made from it stay.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, programme_id)
    row.archived_us = row.archived_us or now_us
    session.flush()
    return record(Programme, row)


def get(session: Session, clinic_id: str, programme_id: str) -> Programme:
    """One programme, archived or not.

    Raises:
        RecordsError: NOT_FOUND.
    """
    return record(Programme, _row(session, clinic_id, programme_id))


def current(session: Session, clinic_id: str) -> list[Programme]:
    """Programmes that are not archived, by name."""
    query = select(ProgrammeRow).where(
        ProgrammeRow.clinic_id == clinic_id, ProgrammeRow.archived_us.is_(None)
    )
    return records(Programme, session.scalars(query.order_by(ProgrammeRow.name)))


def _row(session: Session, clinic_id: str, programme_id: str) -> ProgrammeRow:
    row = session.get(ProgrammeRow, (clinic_id, programme_id))
    if row is None:
        raise not_found("programme", programme_id)
    return row
