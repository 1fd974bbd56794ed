"""Failures in a row on credential paths: kept here, so that a restart opens nothing."""

from dataclasses import dataclass

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import record
from tempoband.storage.records.tables import AttemptRow

_LOCK_KEY = 0x7E3B0BA4E  # any number that all our processes share


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often a path failed in a row, and until when it is shut."""

    path_digest: str
    failures: int = 0
    last_us: int = 0
    shut_until_us: int = 0


def alone(session: Session) -> None:
    """Until this transaction ends nobody else counts: attempts at the same moment must not count as one.

    In SQLite whoever writes is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


def find(session: Session, path_digest: str) -> Attempts:
    """What is known of a path."""
    row = session.get(AttemptRow, path_digest)
    return Attempts(path_digest) if row is None else record(Attempts, row)


def keep(session: Session, attempts: Attempts) -> None:
    """Keep what is known now."""
    session.merge(
        AttemptRow(
            path_digest=attempts.path_digest,
            failures=attempts.failures,
            last_us=attempts.last_us,
            shut_until_us=attempts.shut_until_us,
        )
    )
    session.flush()


def clear(session: Session, path_digest: str) -> None:
    """It worked: the path begins anew."""
    session.execute(delete(AttemptRow).where(AttemptRow.path_digest == path_digest))
    session.flush()


def sweep(session: Session, *, older_than_us: int) -> None:
    """Delete what is long over."""
    session.execute(
        delete(AttemptRow).where(AttemptRow.last_us < older_than_us, AttemptRow.shut_until_us < older_than_us)
    )
    session.flush()
