"""Erasures in the records: ordered here first, then done to the samples, then closed here.

While one is open no set that touches it is kept, so that a scoring which read the samples a moment before
cannot bring them back.
"""

from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tempoband.storage.records.forgetting import Stretch, forget_stretch
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import ErasureRow


@dataclass(frozen=True, slots=True)
class Erasure:
    """One ordered erasure.

    Attributes:
        person_id: who asked to be forgotten; None where a stretch was erased by itself.
        by: pseudonymous id of who ordered it.
        done_us: None until the samples are gone.
    """

    id: str
    sensor: str
    start_us: int
    end_us: int
    by: str
    ordered_us: int
    person_id: str | None = None
    done_us: int | None = None


def order(session: Session, clinic_id: str, erasure: Erasure) -> Erasure:
    """Write an erasure down and forget what the records hold of its stretch; again changes nothing."""
    session.merge(ErasureRow(clinic_id=clinic_id, **values(erasure)))
    session.flush()
    forget_stretch(session, clinic_id, Stretch(erasure.sensor, erasure.start_us, erasure.end_us))
    return erasure


def done(session: Session, clinic_id: str, erasure: Erasure, *, now_us: int) -> Erasure:
    """The samples are gone, and what was scored of them meanwhile goes too."""
    row = session.get(ErasureRow, (clinic_id, erasure.id))
    if row is not None:
        row.done_us = now_us
        session.flush()
    forget_stretch(session, clinic_id, Stretch(erasure.sensor, erasure.start_us, erasure.end_us))
    return replace(erasure, done_us=now_us)


def pending(session: Session, *, before_us: int | None = None) -> list[tuple[str, Erasure]]:
    """Erasures of every clinic whose samples may still be there, oldest first, with their clinic.

    Args:
        session: reading is enough.
        before_us: only those ordered before; younger ones are probably under way.
    """
    query = select(ErasureRow).where(ErasureRow.done_us.is_(None))
    if before_us is not None:
        query = query.where(ErasureRow.ordered_us < before_us)
    rows = session.scalars(query.order_by(ErasureRow.ordered_us, ErasureRow.id)).all()
    return [(row.clinic_id, record(Erasure, row)) for row in rows]


def state(session: Session, sensor: str) -> tuple[int, int]:
    """How many erasures of a sensor were ordered, and how many done: unchanged means that none happened."""
    query = select(func.count(ErasureRow.id), func.count(ErasureRow.done_us))
    ordered, finished = session.execute(query.where(ErasureRow.sensor == sensor)).one()
    return ordered, finished


def under_way(session: Session, sensor: str) -> list[Stretch]:
    """Stretches of a sensor of which the samples may be half gone."""
    query = select(ErasureRow).where(ErasureRow.sensor == sensor, ErasureRow.done_us.is_(None))
    return records(Stretch, session.scalars(query))


def of_sensor(session: Session, clinic_id: str, sensor: str) -> list[Erasure]:
    """Every erasure of a sensor, by time of the stretch: why a curve has a hole there."""
    query = select(ErasureRow).where(ErasureRow.clinic_id == clinic_id, ErasureRow.sensor == sensor)
    return records(Erasure, session.scalars(query.order_by(ErasureRow.start_us)))
