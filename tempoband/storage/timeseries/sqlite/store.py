"""The embedded time-series store: one SQLite file, one writer, readers beside it in any process."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

from tempoband.contracts.ledger import LedgerNote, Mark
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.base import Change, Curve, Gap, StoredFrame, StreamInfo, WriteResult
from tempoband.storage.timeseries.curves import assemble, decimate
from tempoband.storage.timeseries.sqlite import backup, erasure_list, ledger, overview, reader
from tempoband.storage.timeseries.sqlite.erasing import erase
from tempoband.storage.timeseries.sqlite.failures import failures
from tempoband.storage.timeseries.sqlite.lock import WriterLock
from tempoband.storage.timeseries.sqlite.schema import BUSY_MS, RENUMBERED, connect
from tempoband.storage.timeseries.sqlite.sealing import give_back, merge_commits, seal_one
from tempoband.storage.timeseries.sqlite.writer import Writer

_LOG_WAIT_MS = 1000
_MARK = "SELECT spool, position, documents FROM marks WHERE filler = ?"
_WHOLE_SECOND_US = 1_000_000
_RETAIN_STEP_US = 24 * 3600 * 1_000_000
_COMMITS_APART_US = 24 * 3600 * 1_000_000  # followers this far behind get coarser stretches


class SqliteStore:
    """TimeSeriesStore in a data directory; safe to call from any thread.

    Args:
        data_dir: the folder.
        writable: whether this is its one writer.
        beside: with ``writable``, do not claim to be the one writer: for erasing while that one runs. SQLite
            lets one transaction in at a time, and the writer forgets what it remembered after ours.

    Raises:
        StorageError: LOCKED when another process writes there already.
    """

    def __init__(self, data_dir: Path, writable: bool = True, *, beside: bool = False) -> None:
        self.data_dir = data_dir
        with failures(f"opening the samples in {data_dir}"):
            self._lock = WriterLock(data_dir) if writable and not beside else None
        try:
            self._db = connect(data_dir, writable=True) if writable else None
        except BaseException:
            if self._lock is not None:
                self._lock.close()
            raise
        self._writer = Writer(self._db) if self._db is not None else None
        self._seen_version = -1
        self._writing = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        self._log_full = False

    def write(self, frames: Sequence[StoredFrame]) -> WriteResult:
        """See TimeSeriesStore."""
        with self._transaction("writing samples") as (_, writer):
            return writer.write(frames)

    def write_notes(self, notes: Iterable[tuple[str, str, LedgerNote]]) -> None:
        """See TimeSeriesStore."""
        with self._transaction("writing ledger notes") as (_, writer):
            writer.write_notes(notes)

    def mark(self, filler: str, mark: Mark) -> None:
        """See TimeSeriesStore."""
        with self._transaction("writing a mark") as (db, _):
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)", (filler, *astuple(mark)))

    def mark_of(self, filler: str) -> Mark | None:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            row = db.execute(_MARK, (filler,)).fetchone()
        return None if row is None else Mark(*row)

    def spool_id(self) -> str:
        """See Spooling."""
        with self._snapshot() as db:
            return str(db.execute("SELECT id FROM spool").fetchone()[0])

    def renumber(self) -> None:
        """Commits are numbered on from an older state: who follows the numbers must not trust them."""
        with self._transaction("naming the numbering anew") as (db, _):
            db.execute(RENUMBERED)

    def read(self, sensor: str, start_us: int, end_us: int) -> Curve:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            return reader.read(db, sensor, start_us, end_us)

    def read_decimated(self, sensor: str, start_us: int, end_us: int, points: int) -> Curve:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            curve = reader.read(db, sensor, start_us, end_us)
            old = overview.read(db, sensor, (start_us, end_us))
        if len(old):
            curve = assemble([old.time_us, curve.time_us], [old.tension_n, curve.tension_n], start_us, end_us)
        return decimate(curve, points)

    def gaps(self, sensor: str, start_us: int, end_us: int) -> list[Gap]:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            return ledger.gaps(db, sensor, start_us, end_us)

    def streams(self, sensor: str, start_us: int, end_us: int) -> list[StreamInfo]:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            return ledger.streams(db, sensor, start_us, end_us)

    def frames(self, sensor: str, start_us: int, end_us: int) -> Iterator[StoredFrame]:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            yield from reader.frames(db, sensor, start_us, end_us)

    def sensors(self) -> list[str]:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            return reader.sensors(db)

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            return reader.changes(db, after, limit)

    def count_frames(self, sensor: str, start_us: int, end_us: int) -> int:
        """See Spooling."""
        with self._snapshot() as db:
            return reader.count_frames(db, sensor, start_us, end_us)

    def notes(self, sensor: str, start_us: int, end_us: int) -> list[LedgerNote]:
        """See Spooling."""
        with self._snapshot() as db:
            return reader.notes(db, sensor, start_us, end_us)

    def maintain(self, now_us: int) -> bool:
        """See Maintained: seal a block of older frames, merge old entries of ``changes``, give space back."""
        if self._log_full:
            self._empty_log()
        with self._transaction("sealing samples") as (db, writer):
            if seal_one(db, now_us):
                writer.forget()
                return True
            merge_commits(db, now_us - _COMMITS_APART_US)
            return give_back(db)

    def erase(self, sensor: str, start_us: int, end_us: int) -> int:
        """See TimeSeriesStore. On return no file of the store holds the erased samples any more.

        A reader in the middle of a long read delays that: house-keeping empties the write-ahead log after it.
        """
        span = (start_us, end_us)
        if not erasure_list.noted(self.data_dir, sensor, span):
            erasure_list.note_erasure(self.data_dir, sensor, span)
        with self._transaction("erasing samples") as (db, writer):
            erased = erase(db, sensor, span, time.time_ns() // 1000)
            writer.forget()
        self._empty_log()
        return erased

    def kept_since_us(self) -> int:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            return overview.kept_since_us(db)

    def erased(self) -> list[tuple[str, int, int]]:
        """See TimeSeriesReader."""
        with self._snapshot() as db:
            return db.execute("SELECT sensor, start_us, end_us FROM tombstones ORDER BY 1, 2").fetchall()

    def retain(self, oldest_us: int) -> int:
        """See Retaining: at most a day of one sensor a call; least, mean and greatest of each second stay."""
        oldest_us -= oldest_us % _WHOLE_SECOND_US
        with self._transaction("dropping old samples") as (db, writer):
            query = "SELECT sensor, start_us FROM streams WHERE start_us < ? ORDER BY start_us LIMIT 1"
            row = db.execute(query, (oldest_us,)).fetchone()
            if row is None:
                return 0
            sensor, start_us = row
            span = (start_us, min(oldest_us, start_us - start_us % _WHOLE_SECOND_US + _RETAIN_STEP_US))
            overview.dropped_before(db, oldest_us)
            overview.keep(db, sensor, reader.read(db, sensor, *span))
            dropped = erase(db, sensor, span, time.time_ns() // 1000, tombstone=False)
            writer.forget()
        self._empty_log()
        return dropped

    def drop_outline(self, oldest_us: int) -> None:
        """See Retaining."""
        with self._transaction("dropping old outlines") as (db, _):
            dropped = overview.drop(db, oldest_us)
        if dropped:
            self._empty_log()

    def backup(self, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
        """Copy the whole store to a file while it goes on being written; see ``restoring.restore``."""
        with self._snapshot() as db:
            db.execute("ROLLBACK")
            backup.backup(db, target, progress)

    def close(self) -> None:
        """See TimeSeriesReader."""
        with self._writing:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            if self._db is not None:
                self._db.close()
            if self._lock is not None:
                self._lock.close()
            self._db = self._lock = self._writer = None

    def _empty_log(self) -> None:
        """Overwritten pages reach the file, and the write-ahead log with the old ones is cut off.

        A reader in the middle of a read prevents it: then house-keeping tries again.
        """
        with self._writing, failures("emptying the write-ahead log"):
            if self._db is not None:
                self._db.execute(f"PRAGMA busy_timeout={_LOG_WAIT_MS}")
                (busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._db.execute(f"PRAGMA busy_timeout={BUSY_MS}")
                self._log_full = bool(busy)

    @contextlib.contextmanager
    def _transaction(self, doing: str) -> Iterator[tuple[sqlite3.Connection, Writer]]:
        with self._writing, failures(doing):
            db, writer = self._db, self._writer
            if db is None or writer is None:
                raise StorageError(
                    StorageReason.DENIED, f"{doing}: this store is closed or open for reading only"
                )
            db.execute("BEGIN IMMEDIATE")
            try:
                self._heed_others(db, writer)
                yield db, writer
                db.execute("COMMIT")
            except BaseException:
                writer.forget()
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _heed_others(self, db: sqlite3.Connection, writer: Writer) -> None:
        """Somebody else erased since our last transaction: what was remembered may be wrong."""
        version = db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._seen_version:
            writer.forget()
            self._seen_version = version

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the store; given back afterwards."""
        with failures("reading samples"):
            try:
                db = self._idle.pop()
            except IndexError:
                if self._closed:
                    raise StorageError(StorageReason.UNAVAILABLE, "this store is closed") from None
                db = connect(self.data_dir, writable=False)
            try:
                db.execute("BEGIN")
                yield db
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                if self._closed:
                    db.close()
                else:
                    self._idle.append(db)
