"""Notes about a person, possibly on one set or one moment."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.errors import not_found
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import NoteRow


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote; ``about_us`` names a data point."""

    id: str
    person_id: str
    body: str
    written_us: int
    by: str
    set_id: str | None = None
    about_us: int | None = None


def add(session: Session, clinic_id: str, note: Note) -> Note:
    """Keep a note."""
    session.add(NoteRow(clinic_id=clinic_id, **values(note)))
    session.flush()
    return note


def of_person(session: Session, clinic_id: str, person_id: str) -> list[Note]:
    """Every note about a person, newest first."""
    query = select(NoteRow).where(NoteRow.clinic_id == clinic_id, NoteRow.person_id == person_id)
    return records(Note, session.scalars(query.order_by(NoteRow.written_us.desc())))


def get(session: Session, clinic_id: str, note_id: str) -> Note:
    """One note.

    Raises:
        RecordsError: NOT_FOUND.
    """
    return record(Note, _row(session, clinic_id, note_id))


def remove(session: Session, clinic_id: str, note_id: str) -> None:
    """Take a note out of the file.

    Raises:
        RecordsError: NOT_FOUND.
    """
    session.delete(_row(session, clinic_id, note_id))
    session.flush()


def _row(session: Session, clinic_id: str, note_id: str) -> NoteRow:
    row = session.get(NoteRow, (clinic_id, note_id))
    if row is None:
        raise not_found("note", note_id)
    return row
