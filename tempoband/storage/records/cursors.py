"""Scoring cursors: moved in the same transaction as the sets they led to."""

from sqlalchemy.orm import Session

from tempoband.storage.records.tables import ScoringCursorRow


def position(session: Session, worker: str) -> int:
    """How far a worker has followed the store's commits; 0 at the beginning."""
    row = session.get(ScoringCursorRow, worker)
    return 0 if row is None else row.position


def move(session: Session, worker: str, to: int, *, now_us: int) -> None:
    """Set a worker's cursor; give the session that also saves the sets."""
    session.merge(ScoringCursorRow(worker=worker, position=to, moved_us=now_us))
    session.flush()
