"""Standings: each person's row of the caseload, kept until something it is made of changes.

Whoever changes a set, a prescription, a report, a wearer or a digest through a session of ``Records.write``
marks the person's row as stale in the same transaction: ``mark_changed`` hangs on every flush.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, select, tuple_, update
from sqlalchemy.orm import Session

from tempoband.storage.records.tables import (
    AssignmentRow,
    PersonRow,
    PrescriptionRow,
    SelfReportRow,
    SetRow,
    StandingRow,
)

_WATCHED = (SetRow, PrescriptionRow, SelfReportRow, AssignmentRow)
Person = tuple[str, str]
"""Clinic and person."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A kept row; ``fresh`` says whether it still holds on the basis that was asked for."""

    person_id: str
    changes: int
    fresh: bool
    document: dict[str, Any]


def ensure(session: Session, clinic_id: str, person_ids: Iterable[str]) -> None:
    """An empty row for everybody who has none, so that changes from now on are counted."""
    known = set(session.scalars(select(StandingRow.person_id).where(StandingRow.clinic_id == clinic_id)))
    for person_id in set(person_ids) - known:
        session.add(
            StandingRow(
                clinic_id=clinic_id, person_id=person_id, changes=0, seen_changes=None, basis="", document={}
            )
        )
    session.flush()


def every(session: Session, clinic_id: str, basis: str) -> dict[str, Standing]:
    """All kept rows of a clinic by person."""
    columns = (
        StandingRow.person_id,
        StandingRow.changes,
        StandingRow.seen_changes,
        StandingRow.basis,
        StandingRow.document,
    )
    rows = session.execute(select(*columns).where(StandingRow.clinic_id == clinic_id))
    return {
        person: Standing(person, changes, changes == seen and kept == basis, document)
        for person, changes, seen, kept, document in rows
    }


def keep(
    session: Session, clinic_id: str, person_id: str, *, changes: int, basis: str, document: dict[str, Any]
) -> None:
    """Keep a row that was computed when ``changes`` was the count."""
    session.execute(
        update(StandingRow)
        .where(StandingRow.clinic_id == clinic_id, StandingRow.person_id == person_id)
        .values(seen_changes=changes, basis=basis, document=document)
    )


def changed(session: Session, clinic_id: str, person_id: str) -> None:
    """Count a change that no watched row shows."""
    session.execute(
        update(StandingRow)
        .where(StandingRow.clinic_id == clinic_id, StandingRow.person_id == person_id)
        .values(changes=StandingRow.changes + 1)
    )


def forget(session: Session, clinic_id: str) -> None:
    """Have every row of a clinic computed anew."""
    session.execute(update(StandingRow).where(StandingRow.clinic_id == clinic_id).values(seen_changes=None))


def mark_changed(session: Session, *_: object) -> None:
    """Count a change for everybody whose rows are about to be flushed."""
    people = {each for row in _touched(session) for each in _people(row)}
    if people:
        # The connection, not the session: a session must not flush within its flush.
        session.connection().execute(
            update(StandingRow)
            .where(tuple_(StandingRow.clinic_id, StandingRow.person_id).in_(sorted(people)))
            .values(changes=StandingRow.changes + 1)
        )


def _touched(session: Session) -> Iterator[Any]:
    for row in (*session.new, *session.deleted):
        yield row
    for row in session.dirty:
        if session.is_modified(row):
            yield row


def _people(row: Any) -> Iterator[Person]:
    """Whom a row is about, and whom it was about before."""
    if isinstance(row, PersonRow):
        yield row.clinic_id, row.id
    elif isinstance(row, _WATCHED):
        state: Any = inspect(row)
        before = state.attrs.person_id.history.deleted or ()
        for person_id in (row.person_id, *before):
            if person_id is not None:
                yield row.clinic_id, person_id
