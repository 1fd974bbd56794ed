"""References: a person's full range on one band, so that a partial rep can be told."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.contracts.exercise import Side
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import ReferenceRow


@dataclass(frozen=True, slots=True)
class Rig:
    """What must not change for two curves to be comparable."""

    band_brand: str | None = None
    band_label: str | None = None
    placement: str | None = None
    ring_length_cm: float | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Three slow full-range reps: their median excursion and peak, in newtons in one strand."""

    id: str
    person_id: str
    exercise: str
    side: Side
    excursion_n: float
    peak_n: float
    measured_us: int
    sensor: str | None = None
    floor_n: float | None = None
    band_brand: str | None = None
    band_label: str | None = None
    placement: str | None = None
    ring_length_cm: float | None = None


def add(session: Session, clinic_id: str, reference: Reference) -> Reference:
    """Keep a reference; older ones stay, the newest of the same rig counts."""
    session.add(ReferenceRow(clinic_id=clinic_id, **values(reference)))
    session.flush()
    return reference


def find(session: Session, clinic_id: str, reference_id: str) -> Reference | None:
    """One reference, or None."""
    row = session.get(ReferenceRow, (clinic_id, reference_id))
    return None if row is None else record(Reference, row)


def newest(
    session: Session, clinic_id: str, person_id: str, *, exercise: str, side: Side, rig: Rig
) -> Reference | None:
    """The reference that holds for this rig; None when it has to be measured (again)."""
    query = select(ReferenceRow).where(
        ReferenceRow.clinic_id == clinic_id,
        ReferenceRow.person_id == person_id,
        ReferenceRow.exercise == exercise,
        ReferenceRow.side == side,
        *(getattr(ReferenceRow, name).is_not_distinct_from(value) for name, value in values(rig).items()),
    )
    row = session.scalar(query.order_by(ReferenceRow.measured_us.desc()).limit(1))
    return None if row is None else record(Reference, row)


def of_person(session: Session, clinic_id: str, person_id: str) -> list[Reference]:
    """Every reference of a person, newest first."""
    query = select(ReferenceRow).where(
        ReferenceRow.clinic_id == clinic_id, ReferenceRow.person_id == person_id
    )
    return records(Reference, session.scalars(query.order_by(ReferenceRow.measured_us.desc())))
