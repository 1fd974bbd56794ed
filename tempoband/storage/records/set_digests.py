"""Digests of finished sets: what lists and trends need, so that no page load reads a curve."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import record, values
from tempoband.storage.records.tables import SetDigestRow, SetRow


@dataclass(frozen=True, slots=True)
class SetDigest:
    """One finished set in a few numbers.

    Attributes:
        revision: the scoring it was made from.
        range_n: median excursion of the reps without a range fault.
        back_s: median seconds of the way back.
        load_n_s: tension over time, summed over the reps.
        shapes: each rep stretched to one length, as ``analytics.coaching.rep_shape`` packs them.
    """

    set_id: str
    revision: int
    snap_backs: int
    releases: int
    range_n: float | None
    back_s: float | None
    load_n_s: float
    shapes: dict[str, Any]


def keep(session: Session, clinic_id: str, digest: SetDigest) -> None:
    """Keep a digest in place of an older one; the set must be there."""
    session.merge(SetDigestRow(clinic_id=clinic_id, **values(digest)))
    session.flush()


def of_person(session: Session, clinic_id: str, person_id: str, *, start_us: int) -> dict[str, SetDigest]:
    """Digests of a person's sets from a moment on, by set id; those of discarded sets are left out."""
    query = _of(clinic_id, person_id).where(SetRow.started_us >= start_us)
    return {row.set_id: record(SetDigest, row) for row in session.scalars(query)}


def of_first_week(
    session: Session, clinic_id: str, person_id: str, exercise: str, *, length_us: int
) -> list[SetDigest]:
    """Digests of the sets of an exercise within ``length_us`` of its first one with a rep."""
    query = _of(clinic_id, person_id).where(SetRow.exercise == exercise, SetDigestRow.range_n.is_not(None))
    first_us = session.scalar(query.with_only_columns(func.min(SetRow.started_us)))
    if first_us is None:
        return []
    rows = session.scalars(query.where(SetRow.started_us < first_us + length_us))
    return [record(SetDigest, row) for row in rows]


def several(session: Session, clinic_id: str, set_ids: Iterable[str]) -> dict[str, SetDigest]:
    """The digests of these sets, as far as there are any."""
    query = select(SetDigestRow).where(
        SetDigestRow.clinic_id == clinic_id, SetDigestRow.set_id.in_(list(set_ids))
    )
    return {row.set_id: record(SetDigest, row) for row in session.scalars(query)}


def _of(clinic_id: str, person_id: str) -> Any:
    same = (SetRow.clinic_id == SetDigestRow.clinic_id) & (SetRow.id == SetDigestRow.set_id)
    return (
        select(SetDigestRow)
        .join(SetRow, same)
        .where(
            SetDigestRow.clinic_id == clinic_id, SetRow.person_id == person_id, SetRow.discarded_us.is_(None)
        )
    )
