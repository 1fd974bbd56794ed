"""Recordings: stretches marked on the Free screen."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.errors import not_found
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import RecordingRow


@dataclass(frozen=True, slots=True)
class Recording:
    """A marked stretch of one sensor's curve; ``ended_us`` is None while it runs."""

    id: str
    sensor: str
    name: str
    started_us: int
    by: str
    ended_us: int | None = None
    person_id: str | None = None


def start(session: Session, clinic_id: str, recording: Recording) -> Recording:
    """Mark the start of a recording."""
    session.add(RecordingRow(clinic_id=clinic_id, **values(recording)))
    session.flush()
    return recording


def stop(session: Session, clinic_id: str, recording_id: str, *, now_us: int) -> Recording:
    """Mark the end; a second time changes nothing.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = session.get(RecordingRow, (clinic_id, recording_id))
    if row is None:
        raise not_found("recording", recording_id)
    if row.ended_us is None:
        row.ended_us = max(now_us, row.started_us)
        session.flush()
    return record(Recording, row)


def latest(
    session: Session, clinic_id: str, *, sensor: str | None = None, limit: int = 50
) -> list[Recording]:
    """The newest recordings, newest first."""
    query = select(RecordingRow).where(RecordingRow.clinic_id == clinic_id)
    if sensor is not None:
        query = query.where(RecordingRow.sensor == sensor)
    return records(Recording, session.scalars(query.order_by(RecordingRow.started_us.desc()).limit(limit)))
