"""Set declarations: opened and closed here first; the MQTT event is only a nudge."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, Side
from tempoband.storage.records.errors import conflict, not_found
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import SetDeclarationRow

_CORRECTABLE = (
    "person_id",
    "exercise",
    "side",
    "direction",
    "tempo",
    "prescription_id",
    "prescription_version",
    "reference_id",
    "hand_reps",
)


@dataclass(frozen=True, slots=True)
class SetDeclaration:
    """What a person told about a stretch of one sensor's curve.

    Attributes:
        id: also the id of the scored set.
        tempo: text form, order out-hold-back-rest; None when none was asked for.
        opened_us: UTC microseconds from which tension counts towards this set.
        closed_us: None while open.
        discarded_us: when somebody said this is no set; the stretch is then not found again either.
        by: pseudonymous id of who told.
        direction: ``there`` or ``back``, for walks that are split where they turn.
        hand_reps: reps counted by the wearer, where tension cannot count them.
    """

    id: str
    sensor: str
    person_id: str | None
    opened_us: int
    by: str
    exercise: str = UNKNOWN_EXERCISE
    side: Side = Side.BOTH
    direction: str | None = None
    tempo: str | None = None
    prescription_id: str | None = None
    prescription_version: int | None = None
    reference_id: str | None = None
    closed_us: int | None = None
    close_reason: CloseReason | None = None
    discarded_us: int | None = None
    hand_reps: int | None = None


def open_set(
    session: Session, clinic_id: str, declaration: SetDeclaration
) -> tuple[SetDeclaration, SetDeclaration | None]:
    """Open a set; the one still open on this sensor is closed as replaced.

    Returns:
        The opened declaration, and the replaced one.
    """
    replaced = open_on(session, clinic_id, declaration.sensor)
    if replaced is not None:
        at_us = max(declaration.opened_us, replaced.opened_us)
        replaced = close(session, clinic_id, replaced.id, at_us, CloseReason.REPLACED)
        declaration = replace(declaration, opened_us=at_us)
    session.add(SetDeclarationRow(clinic_id=clinic_id, **values(declaration)))
    session.flush()
    return declaration, replaced


def close(
    session: Session, clinic_id: str, declaration_id: str, closed_us: int, reason: CloseReason
) -> SetDeclaration:
    """Close a set; closing a closed one again changes nothing, so that two closers may race.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, declaration_id)
    if row.closed_us is None:
        row.closed_us = max(closed_us, row.opened_us)
        row.close_reason = reason
        session.flush()
    return record(SetDeclaration, row)


def tell(session: Session, clinic_id: str, declaration: SetDeclaration) -> SetDeclaration:
    """Declare a stretch that is over: label, split or merge what was found in the store.

    Raises:
        RecordsError: CONFLICT, when it is not closed or another told set already covers part of it.
    """
    if declaration.closed_us is None:
        raise conflict("a set told afterwards needs its end")
    others = touching(session, clinic_id, declaration.sensor, declaration.opened_us, declaration.closed_us)
    if any(other.id != declaration.id for other in others):
        raise conflict("another set was already told for part of this time")
    session.merge(SetDeclarationRow(clinic_id=clinic_id, **values(declaration)))
    session.flush()
    return declaration


def amend(session: Session, clinic_id: str, declaration: SetDeclaration) -> SetDeclaration:
    """Correct what was told about a set, open or over; its id, sensor and times stay.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, declaration.id)
    for name in _CORRECTABLE:
        setattr(row, name, getattr(declaration, name))
    session.flush()
    return record(SetDeclaration, row)


def discard(session: Session, clinic_id: str, declaration_id: str, at_us: int) -> SetDeclaration:
    """Say that this is no set; an open one is closed by hand. The stretch is not found again.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, declaration_id)
    close(session, clinic_id, declaration_id, at_us, CloseReason.HAND)
    if row.discarded_us is None:
        row.discarded_us = at_us
        session.flush()
    return record(SetDeclaration, row)


def undiscard(session: Session, clinic_id: str, declaration_id: str) -> SetDeclaration:
    """Take back that this is no set.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, declaration_id)
    row.discarded_us = None
    session.flush()
    return record(SetDeclaration, row)


def remove(session: Session, clinic_id: str, declaration_id: str) -> None:
    """Forget a declaration, as when two told sets are merged into one.

    Raises:
        RecordsError: NOT_FOUND.
    """
    session.delete(_row(session, clinic_id, declaration_id))
    session.flush()


def get(session: Session, clinic_id: str, declaration_id: str) -> SetDeclaration:
    """One declaration.

    Raises:
        RecordsError: NOT_FOUND.
    """
    return record(SetDeclaration, _row(session, clinic_id, declaration_id))


def find(session: Session, clinic_id: str, declaration_id: str) -> SetDeclaration | None:
    """One declaration, or None."""
    row = session.get(SetDeclarationRow, (clinic_id, declaration_id))
    return None if row is None else record(SetDeclaration, row)


def several(session: Session, clinic_id: str, ids: Sequence[str]) -> dict[str, SetDeclaration]:
    """Those of the declarations that exist, by id."""
    rows = select(SetDeclarationRow).where(
        SetDeclarationRow.clinic_id == clinic_id, SetDeclarationRow.id.in_(ids)
    )
    return {row.id: record(SetDeclaration, row) for row in session.scalars(rows)}


def open_on(session: Session, clinic_id: str, sensor: str) -> SetDeclaration | None:
    """The set open on a sensor now."""
    row = session.scalar(
        select(SetDeclarationRow).where(
            SetDeclarationRow.clinic_id == clinic_id,
            SetDeclarationRow.sensor == sensor,
            SetDeclarationRow.closed_us.is_(None),
        )
    )
    return None if row is None else record(SetDeclaration, row)


def every_open(session: Session, clinic_id: str) -> list[SetDeclaration]:
    """The sets open now, at most one per sensor."""
    rows = select(SetDeclarationRow).where(
        SetDeclarationRow.clinic_id == clinic_id, SetDeclarationRow.closed_us.is_(None)
    )
    return records(SetDeclaration, session.scalars(rows))


def touching(
    session: Session, clinic_id: str, sensor: str, start_us: int, end_us: int
) -> list[SetDeclaration]:
    """Every declaration of a sensor, discarded ones too, that overlaps start_us <= t < end_us, by time."""
    rows = select(SetDeclarationRow).where(
        SetDeclarationRow.clinic_id == clinic_id,
        SetDeclarationRow.sensor == sensor,
        SetDeclarationRow.opened_us < end_us,
        or_(SetDeclarationRow.closed_us.is_(None), SetDeclarationRow.closed_us > start_us),
    )
    return records(SetDeclaration, session.scalars(rows.order_by(SetDeclarationRow.opened_us)))


def of_people(session: Session, clinic_id: str, *, start_us: int, end_us: int) -> list[SetDeclaration]:
    """Declarations about known people, opened in start_us <= t < end_us and not discarded, by time."""
    rows = select(SetDeclarationRow).where(
        SetDeclarationRow.clinic_id == clinic_id,
        SetDeclarationRow.person_id.is_not(None),
        SetDeclarationRow.discarded_us.is_(None),
        SetDeclarationRow.opened_us >= start_us,
        SetDeclarationRow.opened_us < end_us,
    )
    return records(SetDeclaration, session.scalars(rows.order_by(SetDeclarationRow.opened_us)))


def _row(session: Session, clinic_id: str, declaration_id: str) -> SetDeclarationRow:
    row = session.get(SetDeclarationRow, (clinic_id, declaration_id))
    if row is None:
        raise not_found("set", declaration_id)
    return row
