"""Consents: which text a wearer agreed to, when, and when they withdrew."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import new_id, record, records
from tempoband.storage.records.tables import ConsentRow


@dataclass(frozen=True, slots=True)
class Consent:
    """One agreement; ``text_sha256`` says which words it was."""

    id: str
    person_id: str
    version: str
    language: str
    text_sha256: str
    given_us: int
    withdrawn_us: int | None
    erasure_asked: bool


def give(
    session: Session,
    clinic_id: str,
    person_id: str,
    *,
    version: str,
    language: str,
    text_sha256: str,
    now_us: int,
) -> Consent:
    """Keep an agreement; one to the same text that holds already stays as it is."""
    held = current(session, clinic_id, person_id)
    if held is not None and (held.version, held.text_sha256) == (version, text_sha256):
        return held
    row = ConsentRow(
        clinic_id=clinic_id,
        id=new_id(),
        person_id=person_id,
        version=version,
        language=language,
        text_sha256=text_sha256,
        given_us=now_us,
        erasure_asked=False,
    )
    session.add(row)
    session.flush()
    return record(Consent, row)


def current(session: Session, clinic_id: str, person_id: str) -> Consent | None:
    """The newest agreement, unless it was withdrawn."""
    found = of_person(session, clinic_id, person_id)
    return found[0] if found and found[0].withdrawn_us is None else None


def of_person(session: Session, clinic_id: str, person_id: str) -> list[Consent]:
    """Every agreement, newest first."""
    query = select(ConsentRow).where(ConsentRow.clinic_id == clinic_id, ConsentRow.person_id == person_id)
    return records(Consent, session.scalars(query.order_by(ConsentRow.given_us.desc())))


def withdraw(session: Session, clinic_id: str, person_id: str, *, now_us: int, erasure_asked: bool) -> None:
    """The wearer leaves; ``erasure_asked`` tells the clinic that they want their data gone."""
    query = select(ConsentRow).where(
        ConsentRow.clinic_id == clinic_id,
        ConsentRow.person_id == person_id,
        ConsentRow.withdrawn_us.is_(None),
    )
    for row in session.scalars(query):
        row.withdrawn_us, row.erasure_asked = now_us, erasure_asked
    session.flush()


def newest(session: Session, clinic_id: str) -> dict[str, Consent]:
    """The newest agreement of each person."""
    query = select(ConsentRow).where(ConsentRow.clinic_id == clinic_id)
    return {
        row.person_id: record(Consent, row) for row in session.scalars(query.order_by(ConsentRow.given_us))
    }
