"""The audit: added to, never changed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts: start_us <= t < end_us, and what is given.

    Attributes:
        actions: only these.
        but: all but these.
    """

    start_us: int
    end_us: int
    person_id: str | None = None
    by: str | None = None
    actions: Collection[str] | None = None
    but: Collection[str] = ()


def acts(
    session: Session, clinic_id: str, *, start_us: int, end_us: int, person_id: str | None = None
) -> Iterator[Act]:
    """Acts in start_us <= t < end_us, oldest first."""
    return matching(session, clinic_id, Wanted(start_us, end_us, person_id))


def matching(session: Session, clinic_id: str, wanted: Wanted) -> Iterator[Act]:
    """Acts oldest first, streamed: for export."""
    query = _query(clinic_id, wanted).order_by(AuditRow.at_us, AuditRow.id)
    for row in session.scalars(query.execution_options(yield_per=500)):
        yield record(Act, row)


def newest(session: Session, clinic_id: str, wanted: Wanted, *, limit: int) -> list[Act]:
    """The newest acts, newest first."""
    query = _query(clinic_id, wanted).order_by(AuditRow.at_us.desc(), AuditRow.id).limit(limit)
    return [record(Act, row) for row in session.scalars(query)]


def _query(clinic_id: str, wanted: Wanted) -> Select[AuditRow]:
    query = select(AuditRow).where(
        AuditRow.clinic_id == clinic_id, AuditRow.at_us >= wanted.start_us, AuditRow.at_us < wanted.end_us
    )
    if wanted.person_id is not None:
        query = query.where(AuditRow.person_id == wanted.person_id)
    if wanted.by is not None:
        query = query.where(AuditRow.by == wanted.by)
    if wanted.actions is not None:
        query = query.where(AuditRow.action.in_(wanted.actions))
    return query.where(AuditRow.action.not_in(wanted.but)) if wanted.but else query
