"""The spool's file: its tables, how it is opened, and who may open it."""

import os
import sqlite3
import sys
from pathlib import Path

from firmware_bridge.errors import SpoolError

SCHEMA_VERSION = 1
SCHEMA = f"""
BEGIN;
CREATE TABLE IF NOT EXISTS streams (
    stream TEXT PRIMARY KEY,
    sensor TEXT NOT NULL,
    next_seq INTEGER NOT NULL DEFAULT 0,
    end_us INTEGER NOT NULL DEFAULT 0,
    ended INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frames (
    id INTEGER PRIMARY KEY,
    sensor TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    payload BLOB NOT NULL,
    held INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS frames_identity ON frames (stream, seq);
CREATE INDEX IF NOT EXISTS frames_age ON frames (start_us);
-- Frames that wait long: many in one compressed block. "gone" lists the seq ranges that left it.
CREATE TABLE IF NOT EXISTS blocks (
    id INTEGER PRIMARY KEY,
    sensor TEXT NOT NULL,
    stream TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    start_us INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    gone TEXT NOT NULL DEFAULT '[]',
    payload BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS blocks_stream ON blocks (stream, first_seq);
CREATE INDEX IF NOT EXISTS blocks_age ON blocks (start_us);
CREATE TABLE IF NOT EXISTS notes (
    sha256 BLOB PRIMARY KEY,
    sensor TEXT NOT NULL,
    payload BLOB NOT NULL
);
-- What outlives the frames: streams of a sensor must not overlap in time, and a sensor stays known.
CREATE TABLE IF NOT EXISTS sensors (
    sensor TEXT PRIMARY KEY,
    end_us INTEGER NOT NULL DEFAULT 0,
    driver TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open or create the file.

    Raises:
        SpoolError: it is of a later version.
    """
    db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")  # checkpoints wait for the disk: they run in a thread
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, SCHEMA_VERSION):
        raise SpoolError(f"{path} is of version {version}, this bridge knows {SCHEMA_VERSION}")
    db.executescript(SCHEMA)
    return db


def sync_folder(folder: Path) -> None:
    """Make the names of new files survive a power cut; Windows keeps them by itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock(path: Path) -> sqlite3.Connection:
    """Hold a file while this process lives, on every system; a kill lets go of it.

    Raises:
        SpoolError: another process holds it.
    """
    held = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        held.close()
        raise SpoolError(f"another bridge uses {path.parent}") from error
    return held
