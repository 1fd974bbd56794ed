"""What adherence is computed from: the sets done in a span, one row each, without curves or reps."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.storage.records.tables import ScoreRow, SetDeclarationRow, SetRow

BACK = "back"  # the direction of a walk after it turned


@dataclass(frozen=True, slots=True)
class DoneRow:
    """A set that counts; the numbers are those of its newest score, None before the first."""

    id: str
    person_id: str
    prescription_id: str | None
    prescription_version: int | None
    exercise: str
    kind: ExerciseKind
    side: Side | None
    started_us: int
    ended_us: int
    rep_count: int | None
    tut_s: float | None
    on_tempo_reps: int | None
    judged_reps: int | None
    steps: float | None
    hand_reps: int | None = None
    eccentric_score: float | None = None


def done(
    session: Session, clinic_id: str, *, start_us: int, end_us: int, person_id: str | None = None
) -> list[DoneRow]:
    """Sets of known people that began in start_us <= t < end_us and are not discarded, by time.

    A walk that is split where it turns is one set: its way back is left out.
    """
    scored = and_(
        ScoreRow.clinic_id == SetRow.clinic_id,
        ScoreRow.set_id == SetRow.id,
        ScoreRow.revision == SetRow.revision,
    )
    told = SetDeclarationRow
    columns = [_column(field.name) for field in fields(DoneRow)]
    query = (
        select(*columns)
        .outerjoin(ScoreRow, scored)
        .outerjoin(told, and_(told.clinic_id == SetRow.clinic_id, told.id == SetRow.id))
        .where(
            SetRow.clinic_id == clinic_id,
            SetRow.person_id.is_not(None),
            SetRow.discarded_us.is_(None),
            SetRow.direction.is_distinct_from(BACK),
            SetRow.started_us >= start_us,
            SetRow.started_us < end_us,
        )
    )
    if person_id is not None:
        query = query.where(SetRow.person_id == person_id)
    return [DoneRow(*row) for row in session.execute(query.order_by(SetRow.started_us))]


def last_set_us(session: Session, clinic_id: str) -> dict[str, int]:
    """When each person last began a set, by person id."""
    query = (
        select(SetRow.person_id, func.max(SetRow.started_us))
        .where(SetRow.clinic_id == clinic_id, SetRow.person_id.is_not(None), SetRow.discarded_us.is_(None))
        .group_by(SetRow.person_id)
    )
    return {person_id: at_us for person_id, at_us in session.execute(query) if person_id is not None}


def _column(name: str) -> ColumnElement[Any]:
    if name == "steps":  # only walks have them: no column of its own
        found: ColumnElement[Any] = ScoreRow.result["steps"].as_float()
    elif name == "hand_reps":  # told, not scored
        found = SetDeclarationRow.hand_reps.expression
    else:
        found = getattr(SetRow if hasattr(SetRow, name) else ScoreRow, name)
    return found
