"""The audit: added to, never changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import record, values
from tempoband.storage.records.tables import AuditRow


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what to which resource of whom; no names, no values.

    Attributes:
        by: pseudonymous id of the principal.
        action: the permission that was used, such as ``sets.discard``.
        person_id: whose data it was, if anybody's.
    """

    id: str
    at_us: int
    by: str
    role: str
    action: str
    resource: str
    resource_id: str | None = None
    person_id: str | None = None
    detail: dict[str, Any] | None = None


def note(session: Session, clinic_id: str, act: Act) -> None:
    """Add an act, in the transaction of what it tells of."""
    session.add(AuditRow(clinic_id=clinic_id, **values(act)))
    session.flush()


def acts(
    session: Session, clinic_id: str, *, start_us: int, end_us: int, person_id: str | None = None
) -> Iterator[Act]:
    """Acts in start_us <= t < end_us, oldest first, streamed: for export."""
    query = select(AuditRow).where(
        AuditRow.clinic_id == clinic_id, AuditRow.at_us >= start_us, AuditRow.at_us < end_us
    )
    if person_id is not None:
        query = query.where(AuditRow.person_id == person_id)
    ordered = query.order_by(AuditRow.at_us, AuditRow.id).execution_options(yield_per=500)
    for row in session.scalars(ordered):
        yield record(Act, row)


def newest_of(session: Session, clinic_id: str, person_id: str, *, limit: int) -> list[Act]:
    """The newest acts on one person's data, newest first."""
    query = select(AuditRow).where(AuditRow.clinic_id == clinic_id, AuditRow.person_id == person_id)
    ordered = query.order_by(AuditRow.at_us.desc(), AuditRow.id).limit(limit)
    return [record(Act, row) for row in session.scalars(ordered)]
