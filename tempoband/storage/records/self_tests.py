"""Self-tests: answered by hand, never measured."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import records, values
from tempoband.storage.records.tables import SelfTestRow


@dataclass(frozen=True, slots=True)
class SelfTestRecord:
    """One self-test as it was answered; ``passed`` maps a side to yes or no."""

    id: str
    person_id: str
    test: str
    passed: dict[str, bool]
    note: str
    at_us: int
    by: str


def add(session: Session, clinic_id: str, done: SelfTestRecord) -> SelfTestRecord:
    """Keep a self-test."""
    session.add(SelfTestRow(clinic_id=clinic_id, **values(done)))
    session.flush()
    return done


def of_person(session: Session, clinic_id: str, person_id: str) -> list[SelfTestRecord]:
    """Every self-test of a person, newest first."""
    query = select(SelfTestRow).where(SelfTestRow.clinic_id == clinic_id, SelfTestRow.person_id == person_id)
    return records(SelfTestRecord, session.scalars(query.order_by(SelfTestRow.at_us.desc())))
