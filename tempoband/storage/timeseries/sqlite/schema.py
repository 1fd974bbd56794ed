"""The file: tables, pragmas, versions."""

import sqlite3
from pathlib import Path

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.sqlite.failures import failures

FILE_NAME = "samples.sqlite3"
SCHEMA_VERSION = 4
BUSY_MS = 10_000

# frames: what is not sealed yet, in the sender's own bytes. blocks: sealed runs of consecutive frames.
# overview: what retention keeps of dropped samples; retention: how far it has got. notes: encoded ledger
# notes. erased: seq ranges that were erased, so that they do not look missing. marks: how far those who fill
# this store have come. spool: the name of this numbering of commits.
_TABLES = """
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY, stream TEXT NOT NULL UNIQUE, sensor TEXT NOT NULL, bridge TEXT NOT NULL,
    start_us INTEGER, end_us INTEGER, frames INTEGER NOT NULL DEFAULT 0, samples INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0, max_seq INTEGER NOT NULL DEFAULT -1,
    sealed_seq INTEGER NOT NULL DEFAULT -1, last_seq INTEGER, clock TEXT, loss TEXT, rate_hz REAL);
CREATE INDEX IF NOT EXISTS streams_by_sensor ON streams (sensor, end_us);
CREATE TABLE IF NOT EXISTS frames (
    stream_id INTEGER NOT NULL REFERENCES streams, seq INTEGER NOT NULL, start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL, n INTEGER NOT NULL, lost INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (stream_id, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (
    id INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL REFERENCES streams, first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, n INTEGER NOT NULL,
    lost INTEGER NOT NULL, data BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS blocks_by_seq ON blocks (stream_id, first_seq);
CREATE TABLE IF NOT EXISTS notes (
    stream_id INTEGER NOT NULL REFERENCES streams, note BLOB NOT NULL,
    PRIMARY KEY (stream_id, note)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (
    stream_id INTEGER NOT NULL REFERENCES streams, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    PRIMARY KEY (stream_id, first_seq, last_seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tombstones (
    sensor TEXT NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL,
    PRIMARY KEY (sensor, start_us, end_us)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS overview (
    id INTEGER PRIMARY KEY, sensor TEXT NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL,
    data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS overview_by_sensor ON overview (sensor, start_us);
CREATE TABLE IF NOT EXISTS retention (
    one INTEGER PRIMARY KEY CHECK (one = 1), kept_since_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS commits (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, sensor TEXT NOT NULL, start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL, at_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS marks (
    filler TEXT PRIMARY KEY, spool TEXT NOT NULL, position INTEGER NOT NULL,
    documents INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spool (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL);
INSERT OR IGNORE INTO spool VALUES (1, lower(hex(randomblob(8))));
"""
RENUMBERED = "UPDATE spool SET id = lower(hex(randomblob(8)))"


def connect(data_dir: Path, *, writable: bool) -> sqlite3.Connection:
    """Open the store's file, making it when it is not there yet.

    Raises:
        StorageError: it cannot be opened, is damaged, or a newer version wrote it.
    """
    with failures(f"opening the samples in {data_dir}"):
        data_dir.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(data_dir / FILE_NAME, isolation_level=None, check_same_thread=False)
        try:
            _prepare(db, writable=writable)
        except BaseException:
            db.close()
            raise
        return db


def _prepare(db: sqlite3.Connection, *, writable: bool) -> None:
    db.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StorageError(
            StorageReason.TOO_NEW,
            f"the samples were written by a newer tempoband (format {version}, this one knows"
            f" {SCHEMA_VERSION}): update tempoband",
        )
    if version < SCHEMA_VERSION:
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")  # sealing frees pages: house-keeping gives them back
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(f"BEGIN IMMEDIATE;{_TABLES}PRAGMA user_version={SCHEMA_VERSION};COMMIT;")
    # FULL: the write-ahead log is on disk before a commit returns
    db.execute("PRAGMA synchronous=FULL")
    # erased means erased: freed pages are overwritten with zeros
    db.execute("PRAGMA secure_delete=ON")
    db.execute("PRAGMA foreign_keys=OFF")  # rows are only written by this package, in one transaction
    db.execute("PRAGMA cache_size=-16384")
    if not writable:
        db.execute("PRAGMA query_only=ON")
