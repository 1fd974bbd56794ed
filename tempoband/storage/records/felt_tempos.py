"""Guesses of the blind set: how long the way back felt, beside how long it was."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import records, values
from tempoband.storage.records.tables import FeltTempoRow


@dataclass(frozen=True, slots=True)
class FeltTempo:
    """One guess; ``measured_s`` is the mean way back of the set when it was made."""

    id: str
    person_id: str
    set_id: str
    guess_s: float
    measured_s: float
    prescribed_s: float | None
    at_us: int
    by: str


def add(session: Session, clinic_id: str, felt: FeltTempo) -> FeltTempo:
    """Keep a guess."""
    session.add(FeltTempoRow(clinic_id=clinic_id, **values(felt)))
    session.flush()
    return felt


def of_person(session: Session, clinic_id: str, person_id: str) -> list[FeltTempo]:
    """Every guess of a person, by time."""
    query = select(FeltTempoRow).where(
        FeltTempoRow.clinic_id == clinic_id, FeltTempoRow.person_id == person_id
    )
    return records(FeltTempo, session.scalars(query.order_by(FeltTempoRow.at_us)))
