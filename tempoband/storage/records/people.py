"""People: the wearers of a clinic."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.errors import invalid, not_found
from tempoband.storage.records.rows import new_id, record, records
from tempoband.storage.records.tables import PersonRow
from tempoband.words.phrases import phrased

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Person:
    """A wearer.

    Attributes:
        display_name: for the screens of this clinic only.
        pseudonym: for logs, messages and exports.
        archived_us: when they left; their data stays.
        language: what is written to them is written in it; None where nobody said.
    """

    id: str
    display_name: str
    pseudonym: str
    created_us: int
    archived_us: int | None = None
    language: str | None = None


def add(session: Session, clinic_id: str, display_name: str, *, now_us: int) -> Person:
    """A new wearer.

    Raises:
        RecordsError: INVALID, for an empty or endless name.
    """
    person_id = new_id()
    row = PersonRow(
        clinic_id=clinic_id,
        id=person_id,
        display_name=_name(display_name),
        pseudonym=f"p-{person_id[:12]}",
        created_us=now_us,
    )
    session.add(row)
    session.flush()
    return record(Person, row)


def rename(session: Session, clinic_id: str, person_id: str, display_name: str) -> Person:
    """Another name for the same person.

    Raises:
        RecordsError: NOT_FOUND or INVALID.
    """
    row = _row(session, clinic_id, person_id)
    row.display_name = _name(display_name)
    session.flush()
    return record(Person, row)


def speak(session: Session, clinic_id: str, person_id: str, language: str | None) -> Person:
    """Say in which language to write to a person.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, person_id)
    row.language = language
    session.flush()
    return record(Person, row)


def archive(session: Session, clinic_id: str, person_id: str, *, now_us: int) -> Person:
    """Take a person off the lists; nothing of theirs is lost.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, person_id)
    row.archived_us = row.archived_us or now_us
    session.flush()
    return record(Person, row)


def get(session: Session, clinic_id: str, person_id: str) -> Person:
    """One person, archived or not.

    Raises:
        RecordsError: NOT_FOUND.
    """
    return record(Person, _row(session, clinic_id, person_id))


def current(session: Session, clinic_id: str) -> list[Person]:
    """Everybody who is not archived, by name."""
    query = select(PersonRow).where(PersonRow.clinic_id == clinic_id, PersonRow.archived_us.is_(None))
    return records(Person, session.scalars(query.order_by(PersonRow.display_name, PersonRow.id)))


def every(session: Session, clinic_id: str) -> list[Person]:
    """Everybody, archived people too."""
    query = select(PersonRow).where(PersonRow.clinic_id == clinic_id)
    return records(Person, session.scalars(query.order_by(PersonRow.id)))


def names(session: Session, clinic_id: str) -> dict[str, str]:
    """Display names by id, archived people too: what lists of sets show."""
    query = select(PersonRow.id, PersonRow.display_name).where(PersonRow.clinic_id == clinic_id)
    return {row.id: row.display_name for row in session.execute(query)}


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise invalid(phrased("a name has 1 to {most} characters", most=_LONGEST_NAME))
    return name


def _row(session: Session, clinic_id: str, person_id: str) -> PersonRow:
    row = session.get(PersonRow, (clinic_id, person_id))
    if row is None:
        raise not_found("person", person_id)
    return row
