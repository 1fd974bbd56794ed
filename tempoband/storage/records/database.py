"""``Records``: sessions on the records database, opened at the version this program knows."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records.engine import WRITING, make_engine, reading
from tempoband.storage.records.errors import RecordsError, conflict, invalid
from tempoband.storage.records.migrate import check, upgrade
from tempoband.storage.records.standings import mark_changed
from tempoband.words.phrases import phrased


class Records:
    """People, prescriptions, declarations, sets, scores: everything but the samples.

    The process that owns the database brings it to the newest version on opening; others only check.

    Raises:
        StorageError: TOO_NEW when a newer program wrote it; MISCONFIGURED when it is older and this
            process does not own it; UNAVAILABLE when it cannot be reached.
    """

    def __init__(self, url: str, *, owner: bool = True) -> None:
        self._engine = make_engine(url)
        self._writer = self._engine.execution_options(**{WRITING: True})
        self._reader = reading(self._engine)
        try:
            with _translated():
                (upgrade if owner else check)(self._writer)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end of the block, or keeps nothing.

        Raises:
            RecordsError: CONFLICT, when a constraint of the database forbids the change; INVALID, when a
                value cannot be kept (a NaN).
            StorageError: when the database cannot do it.
        """
        with _translated(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            event.listen(session, "before_flush", mark_changed)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view for reading; nothing is kept.

        Raises:
            StorageError: when the database cannot do it.
        """
        with _translated(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    def scrub(self) -> None:
        """After an erasure: empty SQLite's write-ahead log, so that no file holds the deleted rows any more.

        PostgreSQL frees them at its next vacuum. A reader in mid-transaction delays it to the next time.
        """
        if self._engine.dialect.name == "sqlite":
            with _translated(), closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    @property
    def folder(self) -> Path | None:
        """Where an SQLite file lies; None for a database server."""
        name = self._engine.url.database
        return Path(name).parent if self._engine.dialect.name == "sqlite" and name else None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise conflict(phrased("the records refuse this: {why}", why=_first_line(error))) from error
    except DataError as error:
        raise invalid(phrased("the records cannot keep this: {why}", why=_first_line(error))) from error
    except DBAPIError as error:
        detail = f"the records database failed: {_first_line(error)}"
        raise StorageError(_reason(detail), detail) from error
    except StatementError as error:
        if isinstance(error.orig, RecordsError):
            raise error.orig from error
        raise invalid(phrased("the records cannot keep this: {why}", why=str(error.orig))) from error


def _first_line(error: DBAPIError) -> str:
    # PostgreSQL's later lines quote the row, and so people's data.
    return str(error.orig).partition("\n")[0]


def _reason(words: str) -> StorageReason:
    for sign, reason in (
        ("full", StorageReason.FULL),
        ("malformed", StorageReason.CORRUPT),
        ("not a database", StorageReason.CORRUPT),
        ("password authentication", StorageReason.DENIED),
        ("permission denied", StorageReason.DENIED),
        ("readonly", StorageReason.DENIED),
    ):
        if sign in words:
            return reason
    return StorageReason.UNAVAILABLE
