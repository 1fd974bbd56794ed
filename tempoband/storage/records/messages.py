"""Messages from the physio to a wearer."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.errors import not_found
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import MessageRow


@dataclass(frozen=True, slots=True)
class Message:
    """What was sent; ``read_us`` is when the wearer said so."""

    id: str
    person_id: str
    body: str
    sent_us: int
    by: str
    read_us: int | None = None


def send(session: Session, clinic_id: str, message: Message) -> Message:
    """Keep a message."""
    session.add(MessageRow(clinic_id=clinic_id, **values(message)))
    session.flush()
    return message


def of_person(session: Session, clinic_id: str, person_id: str, *, limit: int = 100) -> list[Message]:
    """A person's messages, newest first."""
    query = select(MessageRow).where(MessageRow.clinic_id == clinic_id, MessageRow.person_id == person_id)
    return records(Message, session.scalars(query.order_by(MessageRow.sent_us.desc()).limit(limit)))


def read(session: Session, clinic_id: str, person_id: str, message_id: str, *, now_us: int) -> Message:
    """Note that it was read; the first time stays.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = session.get(MessageRow, (clinic_id, message_id))
    if row is None or row.person_id != person_id:
        raise not_found("message", message_id)
    row.read_us = row.read_us or now_us
    session.flush()
    return record(Message, row)
