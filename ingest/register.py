"""Ingest's own small database: dead letters with their bytes, and which sensor a stream belongs to.

It is committed before any receipt goes out, so that a message is never both receipted as rejected and gone.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import IngestError, IngestReason
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import decode_frame

FILE = "ingest.sqlite"
_OWNERS_KEPT = 100_000
MOST_LETTERS = 20_000  # of each reason: a device that only sends rubbish must not fill the disk
_OLDEST = """DELETE FROM dead_letters WHERE reason = ?1 AND first_us <= (
    SELECT first_us FROM dead_letters WHERE reason = ?1 ORDER BY first_us DESC LIMIT 1 OFFSET ?2)"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS dead_letters (
    sha256 BLOB NOT NULL,
    topic TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    payload BLOB NOT NULL,
    first_us INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (sha256, topic)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dead_letters_by_age ON dead_letters (reason, first_us);
CREATE TABLE IF NOT EXISTS packs (
    topic TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    arrival_us INTEGER NOT NULL,
    kept INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS streams (
    stream TEXT PRIMARY KEY,
    bridge TEXT NOT NULL,
    sensor TEXT NOT NULL
) WITHOUT ROWID;
"""
Owner = tuple[str, str]  # bridge, sensor


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message refused for good, with everything needed to look at it and to replay it."""

    topic: str
    payload: bytes
    sha256: bytes
    reason: RejectReason
    detail: str
    first_us: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Pack:
    """A SenML pack and the frame it became: a second delivery must become the same frame."""

    topic: str
    sha256: bytes
    stream: str
    seq: int
    arrival_us: int


class Register:
    """One writer; any thread, one at a time."""

    def __init__(self, folder: Path) -> None:
        """Open or create the register of a folder.

        Raises:
            IngestError: it cannot be opened.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(folder / FILE, check_same_thread=False)
            pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
            self._db.executescript(pragmas + _SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise IngestError(
                IngestReason.REGISTER, f"the register in {folder} cannot be opened: {error}"
            ) from error
        self._lock = threading.Lock()
        self._owners: dict[str, Owner] = {}  # the latest; the database has them all

    def owner(self, stream: str) -> Owner | None:
        """Who a stream belongs to, if it was seen before.

        Raises:
            IngestError: the register cannot be read.
        """
        found = self._owners.get(stream)
        if found is None:
            found = self._read_owner(stream)
            if found is not None:
                self._remember({stream: found})
        return found

    def packs(self) -> list[Pack]:
        """The SenML packs of the last batches, oldest first."""
        with self._lock:
            columns = "topic, sha256, stream, seq, arrival_us"
            query = f"SELECT {columns} FROM packs ORDER BY kept, rowid"  # noqa: S608 - constants
            rows = self._db.execute(query).fetchall()
        return [Pack(*row) for row in rows]

    def keep(
        self, letters: Iterable[DeadLetter], new_owners: dict[str, Owner], packs: Sequence[Pack] = ()
    ) -> None:
        """Commit dead letters, first-seen streams and SenML packs together.

        Of each reason the latest dead letters are kept; packs only until the second batch after theirs, as
        they are acknowledged by then.

        Raises:
            IngestError: they could not be written; nothing was kept.
        """
        rows = [(d.sha256, d.topic, d.reason, d.detail, d.payload, time.time_ns() // 1000) for d in letters]
        if not rows and not new_owners and not packs:
            return
        try:
            with self._lock, self._db:
                self._db.executemany(
                    "INSERT INTO dead_letters (sha256, topic, reason, detail, payload, first_us)"
                    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + 1",
                    rows,
                )
                self._db.executemany(_OLDEST, [(reason, MOST_LETTERS) for reason in {row[2] for row in rows}])
                self._db.executemany(
                    "INSERT OR IGNORE INTO streams VALUES (?, ?, ?)",
                    [(stream, *owner) for stream, owner in new_owners.items()],
                )
                if packs:
                    self._keep_packs(packs)
        except sqlite3.Error as error:
            raise IngestError(IngestReason.REGISTER, f"dead letters cannot be kept: {error}") from error
        self._remember(new_owners)

    def _keep_packs(self, packs: Sequence[Pack]) -> None:
        self._db.execute("DELETE FROM packs WHERE kept < (SELECT max(kept) FROM packs)")
        (number,) = self._db.execute("SELECT coalesce(max(kept), 0) + 1 FROM packs").fetchone()
        rows = [(p.topic, p.sha256, p.stream, p.seq, p.arrival_us, number) for p in packs]
        self._db.executemany("INSERT INTO packs VALUES (?, ?, ?, ?, ?, ?)", rows)

    def dead_letters(self) -> list[DeadLetter]:
        """Every dead letter, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT topic, payload, sha256, reason, detail, first_us, times FROM dead_letters"
                " ORDER BY first_us"
            ).fetchall()
        return [DeadLetter(t, p, s, RejectReason(r), d, f, n) for t, p, s, r, d, f, n in rows]

    def forget(self, letter: DeadLetter) -> None:
        """Remove a dead letter, once it was replayed."""
        with self._lock, self._db:
            self._db.execute(
                "DELETE FROM dead_letters WHERE sha256 = ? AND topic = ?", (letter.sha256, letter.topic)
            )

    def forget_erased(self, sensor: str, start_us: int, end_us: int) -> int:
        """Remove the dead letters about an erased stretch; returns how many.

        Those that are no frame have no time of their own: the time of their arrival counts.

        Raises:
            IngestError: the register cannot be written.
        """
        try:
            with self._lock, self._db:
                query = "SELECT sha256, topic, payload, first_us FROM dead_letters WHERE instr(topic, ?)"
                rows = self._db.execute(query, (f"/{sensor}/",)).fetchall()
                gone = [row[:2] for row in rows if _touches(row[2], row[3], start_us, end_us)]
                self._db.executemany("DELETE FROM dead_letters WHERE sha256 = ? AND topic = ?", gone)
        except sqlite3.Error as error:
            raise IngestError(IngestReason.REGISTER, f"dead letters cannot be removed: {error}") from error
        return len(gone)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def _remember(self, owners: dict[str, Owner]) -> None:
        if len(self._owners) + len(owners) > _OWNERS_KEPT:
            self._owners.clear()
        self._owners.update(owners)

    def _read_owner(self, stream: str) -> Owner | None:
        try:
            with self._lock:
                query = "SELECT bridge, sensor FROM streams WHERE stream = ?"
                row: Owner | None = self._db.execute(query, (stream,)).fetchone()
        except sqlite3.Error as error:
            raise IngestError(IngestReason.REGISTER, f"the register cannot be read: {error}") from error
        return row


def _touches(payload: bytes, arrival_us: int, start_us: int, end_us: int) -> bool:
    try:
        frame = decode_frame(payload)
    except ContractError:
        return start_us <= arrival_us < end_us
    return frame.t0_us < end_us and frame.end_us >= start_us
