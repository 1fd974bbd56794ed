"""Prescriptions: versioned, so that a set is always judged by what was asked when it was done."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from tempoband.contracts.exercise import Side
from tempoband.storage.records.draft import Draft
from tempoband.storage.records.errors import conflict, not_found
from tempoband.storage.records.rows import new_id, record, records, values
from tempoband.storage.records.tables import PersonRow, PrescriptionRow
from tempoband.storage.records.words import Mode, Progression, SetOrder


@dataclass(frozen=True, slots=True)
class Prescription:
    """One version of a prescription; the fields are described at ``Draft``.

    Attributes:
        id: the same for every version.
        version: 1, 2, 3 ...
        rest_phase_s: prescribed rest between reps; ``rest_s`` is the rest between sets.
        valid_from_us: from when it holds; until before ``valid_to_us``, None while it is in force.
    """

    id: str
    version: int
    person_id: str
    exercise: str
    side: Side
    mode: Mode
    set_order: SetOrder
    sets: int
    reps_lower: int | None
    reps_upper: int | None
    seconds: float | None
    steps: int | None
    tempo: str
    concentric_s: float | None
    hold_s: float | None
    eccentric_s: float | None
    rest_phase_s: float | None
    rest_s: float | None
    days_per_week: int | None
    weekdays: list[int] | None
    band_brand: str | None
    band_label: str | None
    placement: str | None
    ring_length_cm: float | None
    pain_limit: int | None
    programme_id: str | None
    valid_from_us: int
    valid_to_us: int | None
    created_by: str
    progression: Progression | None = None
    cue: str | None = None


def prescribe(
    session: Session, clinic_id: str, person_id: str, draft: Draft, *, by: str, now_us: int
) -> Prescription:
    """A new prescription, in force from now.

    Raises:
        RecordsError: NOT_FOUND, for an unknown person.
    """
    if session.get(PersonRow, (clinic_id, person_id)) is None:
        raise not_found("person", person_id)
    row = PrescriptionRow(
        clinic_id=clinic_id,
        id=new_id(),
        version=1,
        person_id=person_id,
        valid_from_us=now_us,
        created_by=by,
        **_columns(draft),
    )
    session.add(row)
    session.flush()
    return record(Prescription, row)


def revise(
    session: Session, clinic_id: str, prescription_id: str, draft: Draft, *, by: str, now_us: int
) -> Prescription:
    """The next version, in force from now; the one before ends and stays readable.

    Raises:
        RecordsError: NOT_FOUND, or CONFLICT when it was already ended.
    """
    old = _newest(session, clinic_id, prescription_id)
    if old.valid_to_us is not None:
        raise conflict("this prescription was ended; write a new one")
    old.valid_to_us = max(now_us, old.valid_from_us)
    row = PrescriptionRow(
        clinic_id=clinic_id,
        id=prescription_id,
        version=old.version + 1,
        person_id=old.person_id,
        valid_from_us=old.valid_to_us,
        created_by=by,
        **_columns(draft),
    )
    session.add(row)
    session.flush()
    return record(Prescription, row)


def end(session: Session, clinic_id: str, prescription_id: str, *, now_us: int) -> Prescription:
    """End a prescription; ending it twice changes nothing.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _newest(session, clinic_id, prescription_id)
    if row.valid_to_us is None:
        row.valid_to_us = max(now_us, row.valid_from_us)
        session.flush()
    return record(Prescription, row)


def get(session: Session, clinic_id: str, prescription_id: str, version: int | None = None) -> Prescription:
    """One version; the newest when none is named.

    Raises:
        RecordsError: NOT_FOUND.
    """
    if version is None:
        return record(Prescription, _newest(session, clinic_id, prescription_id))
    row = session.get(PrescriptionRow, (clinic_id, prescription_id, version))
    if row is None:
        raise not_found("prescription", f"{prescription_id} version {version}")
    return record(Prescription, row)


def in_force(
    session: Session,
    clinic_id: str,
    *,
    start_us: int,
    end_us: int | None = None,
    person_id: str | None = None,
) -> list[Prescription]:
    """Every version that held at some time in start_us <= t < end_us, oldest first.

    ``end_us`` of None asks for those in force at ``start_us``.
    """
    until = start_us + 1 if end_us is None else end_us
    query = select(PrescriptionRow).where(
        PrescriptionRow.clinic_id == clinic_id,
        PrescriptionRow.valid_from_us < until,
        or_(PrescriptionRow.valid_to_us.is_(None), PrescriptionRow.valid_to_us > start_us),
    )
    if person_id is not None:
        query = query.where(PrescriptionRow.person_id == person_id)
    order = query.order_by(PrescriptionRow.valid_from_us, PrescriptionRow.id, PrescriptionRow.version)
    return records(Prescription, session.scalars(order))


def draft_of(kept: Prescription) -> Draft:
    """What would have to be asked for to get the same prescription again."""
    same = {field.name: getattr(kept, field.name) for field in fields(Draft)}
    return Draft(**same | {"weekdays": None if kept.weekdays is None else tuple(kept.weekdays)})


def _columns(draft: Draft) -> dict[str, Any]:
    tempo = draft.parsed_tempo()
    return values(draft) | {
        "tempo": str(tempo),
        "reps_upper": draft.reps_upper or draft.reps_lower,
        "weekdays": None if draft.weekdays is None else sorted(draft.weekdays),
        "concentric_s": tempo.concentric_s,
        "hold_s": tempo.hold_s,
        "eccentric_s": tempo.eccentric_s,
        "rest_phase_s": tempo.rest_s,
    }


def _newest(session: Session, clinic_id: str, prescription_id: str) -> PrescriptionRow:
    version = session.scalar(
        select(func.max(PrescriptionRow.version)).where(
            PrescriptionRow.clinic_id == clinic_id, PrescriptionRow.id == prescription_id
        )
    )
    row = None if version is None else session.get(PrescriptionRow, (clinic_id, prescription_id, version))
    if row is None:
        raise not_found("prescription", prescription_id)
    return row
