"""Told sets whose kept score does not say what was told: a lost nudge costs latency, never a score."""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from tempoband.contracts.events import SetStatus
from tempoband.storage.records.tables import SetDeclarationRow, SetRow


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A declaration that has to be looked at again; ``new`` ones may cover sets that were found before."""

    sensor: str
    opened_us: int
    closed_us: int | None
    new: bool


def unsettled(session: Session, sensor: str | None = None) -> list[Unsettled]:
    """Every declaration (of one sensor) that has to be looked at again.

    That is: not scored yet; still open (its sensor may have gone silent); scored as open or provisional
    though closed; or told anew since.
    """
    told, kept = SetDeclarationRow, SetRow
    same_set = and_(kept.clinic_id == told.clinic_id, kept.id == told.id)
    changed = or_(
        kept.id.is_(None),
        told.closed_us.is_(None),
        kept.status.in_([SetStatus.OPEN, SetStatus.PROVISIONAL]),
        kept.declared.is_(False),
        kept.exercise != told.exercise,
        kept.side.is_distinct_from(told.side),
        kept.person_id.is_distinct_from(told.person_id) & told.person_id.is_not(None),
        kept.prescription_id.is_distinct_from(told.prescription_id),
        kept.prescription_version.is_distinct_from(told.prescription_version),
        kept.tempo.is_distinct_from(told.tempo) & told.tempo.is_not(None),
    )
    query = (
        select(told.sensor, told.opened_us, told.closed_us, or_(kept.id.is_(None), kept.declared.is_(False)))
        .outerjoin(kept, same_set)
        .where(told.discarded_us.is_(None), changed)
    )
    if sensor is not None:
        query = query.where(told.sensor == sensor)
    return [Unsettled(*row) for row in session.execute(query)]
