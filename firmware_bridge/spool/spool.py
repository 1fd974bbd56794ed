"""The spool: every frame on disk until the store has it. One writer, in one folder.

SQLite with a write-ahead log. An append survives the death of the process at once (the log is written by
then) and a power cut once ``sync`` has run, which the bridge does at least once a second, in a thread. Only
receipts trim the spool; when it meets a bound, the oldest frames are given up and the ledger says so.
"""

import os
import sqlite3
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from pathlib import Path

from firmware_bridge.errors import SpoolError
from firmware_bridge.spool.blocks import Blocks
from firmware_bridge.spool.file import connect, lock, sync_folder
from firmware_bridge.spool.items import Identity, KnownSensor, Spooled, SpooledNote, spooled
from tempoband.contracts.frame import digest
from tempoband.contracts.ledger import Evicted, LedgerNote, StreamEnded, encode_note
from tempoband.contracts.ranges import Range, to_ranges

__all__ = ["Identity", "KnownSensor", "Spool", "Spooled", "SpooledNote", "spooled"]

FILE = "spool.db"
LOCK = "lock.db"
EVICT_FRAMES = 256  # given up at a time: one note in the ledger


class Spool:
    """Frames and ledger notes without a receipt."""

    def __init__(self, folder: Path) -> None:
        """Open or create the spool of a folder.

        Raises:
            SpoolError: it cannot be opened, or another bridge has it.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock(folder / LOCK)
            self._path = folder / FILE
            self._db = connect(self._path)
            sync_folder(folder)
            self._blocks = Blocks(self._db)
        except (OSError, sqlite3.Error) as error:
            raise SpoolError(f"the spool in {folder} cannot be opened: {error}") from error
        self._dirty = False
        self._holding: set[str] = set()  # streams with held frames
        self.frames, self.samples_evicted = self._count(), 0

    def close(self) -> None:
        """Make everything durable and let go of the folder."""
        self._db.close()
        self._lock.close()

    def recover(self) -> int:
        """Close the streams that a kill left open, and forget those that are done.

        Returns:
            How many were left open.
        """
        with self._writing():
            left = self._db.execute("SELECT stream, sensor, next_seq FROM streams WHERE ended = 0").fetchall()
            self._db.execute("UPDATE frames SET held = 0 WHERE held = 1")
            for stream, sensor, next_seq in left:
                self._end(stream, sensor, next_seq)
            self._db.execute(
                "DELETE FROM streams WHERE ended = 1 AND stream NOT IN (SELECT stream FROM frames)"
                " AND stream NOT IN (SELECT stream FROM blocks)"
            )
        return len(left)

    def end_stream(self, stream: str) -> None:
        """A stream is over; the ledger is told, if it ever had a frame."""
        with self._writing():
            row = self._db.execute(
                "SELECT sensor, next_seq FROM streams WHERE stream = ?", (stream,)
            ).fetchone()
            if row is not None:
                self._end(stream, *row)

    def append(self, frames: Sequence[Spooled], *, held: bool = False) -> None:
        """Add frames; the same identity again replaces one that was held.

        Args:
            frames: of one stream, rising in seq.
            held: their times are provisional: not to be sent before they come again.

        Raises:
            SpoolError: the disk is full or failing; nothing was added.
        """
        if not frames:
            return
        with self._writing():
            replaced = self._forget_held(frames) if frames[0].stream in self._holding else 0
            cursor = self._db.executemany(  # first write wins: an identity never changes its bytes
                "INSERT OR IGNORE INTO frames (sensor, stream, seq, start_us, end_us, samples, payload, held)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (f.sensor, f.stream, f.seq, f.start_us, f.end_us, f.samples, f.payload, held)
                    for f in frames
                ],
            )
            last = frames[-1]
            self._db.execute(
                "INSERT INTO streams (stream, sensor, next_seq, end_us) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (stream) DO UPDATE SET next_seq = excluded.next_seq, end_us = excluded.end_us",
                (last.stream, last.sensor, last.seq + 1, last.end_us),
            )
            if not held:
                self._db.execute(
                    "INSERT INTO sensors (sensor, end_us) VALUES (?, ?)"
                    " ON CONFLICT (sensor) DO UPDATE SET end_us = excluded.end_us",
                    (last.sensor, last.end_us),
                )
        self.frames += cursor.rowcount - replaced
        (self._holding.add if held else self._holding.discard)(frames[0].stream)

    def end_us(self, sensor: str) -> int:
        """When the sensor's newest sample was, UTC microseconds; 0 if it never had one."""
        row = self._db.execute("SELECT end_us FROM sensors WHERE sensor = ?", (sensor,)).fetchone()
        held = self._db.execute("SELECT max(end_us) FROM streams WHERE sensor = ?", (sensor,)).fetchone()
        return max(row[0] if row else 0, held[0] or 0)

    def remember(self, known: KnownSensor) -> None:
        """Keep what is needed to look for a sensor again after a restart."""
        with self._writing():
            self._db.execute(
                "INSERT INTO sensors (sensor, driver, address, name) VALUES (?, ?, ?, ?) ON CONFLICT (sensor)"
                " DO UPDATE SET driver = excluded.driver, address = excluded.address, name = excluded.name",
                (known.sensor, known.driver, known.address, known.name),
            )

    def known_sensors(self) -> list[KnownSensor]:
        """Every sensor this bridge ever took."""
        rows = self._db.execute("SELECT sensor, driver, address, name FROM sensors WHERE driver != ''")
        return [KnownSensor(*row) for row in rows]

    def oldest(self, limit: int, skip: Container[Identity] = ()) -> list[Spooled]:
        """The oldest frames that are not in ``skip``, oldest first."""
        found = merge(self._loose(), self._packed(), key=lambda f: f.start_us)
        return list(islice((f for f in found if f.identity not in skip), limit))

    def notes(self, limit: int, skip: Container[bytes] = ()) -> list[SpooledNote]:
        """Ledger notes that are not in ``skip``, oldest first."""
        rows = self._db.execute("SELECT sha256, sensor, payload FROM notes ORDER BY rowid")
        return list(islice((SpooledNote(*row) for row in rows if row[0] not in skip), limit))

    def note_count(self) -> int:
        """How many ledger notes wait for their receipt."""
        return int(self._db.execute("SELECT count(*) FROM notes").fetchone()[0])

    def commit(self, stream: str, ranges: Iterable[Range]) -> int:
        """The store has these frames: trim them. Returns how many were here."""
        gone = 0
        with self._writing():
            for first, last in ranges:
                cursor = self._db.execute(
                    "DELETE FROM frames WHERE stream = ? AND seq BETWEEN ? AND ?", (stream, first, last)
                )
                gone += cursor.rowcount + self._blocks.remove(stream, first, last)
        self.frames -= gone
        return gone

    def commit_notes(self, digests: Iterable[bytes]) -> None:
        """The store has these notes, or refused them for good."""
        with self._writing():
            self._db.executemany("DELETE FROM notes WHERE sha256 = ?", [(d,) for d in digests])

    def pack(self, before_us: int) -> int:
        """Pack one run of frames older than this into a block; returns how many frames."""
        with self._writing():
            return self._blocks.pack(before_us)

    def bytes_used(self) -> int:
        """Bytes of the file that hold something."""
        size, pages, free = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
        return int(size * (pages - free))

    def evict(self, max_bytes: int, not_before_us: int) -> list[Evicted]:
        """Give up the oldest frames until both bounds are kept; the ledger notes are written with it.

        Args:
            max_bytes: largest spool.
            not_before_us: frames that end before this are too old.
        """
        notes: list[Evicted] = []
        while self.bytes_used() > max_bytes and (note := self._give_up("spool_size", None)):
            notes.append(note)
        while note := self._give_up("spool_age", not_before_us):
            notes.append(note)
        return notes

    def sync(self) -> None:
        """Make what was appended survive a power cut. Safe from any thread; blocks for one fsync."""
        if not self._dirty:
            return
        self._dirty = False
        log = Path(f"{self._path}-wal")
        if log.exists():
            with log.open("rb+") as file:
                os.fsync(file.fileno())

    def checkpoint(self) -> None:
        """Move the log into the file. Safe from any thread; writers go on meanwhile."""
        with sqlite3.connect(self._path, timeout=5.0) as db:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        db.close()

    def _give_up(self, reason: str, not_before_us: int | None) -> Evicted | None:
        batch = self._oldest_of_one_stream(not_before_us)
        if not batch:
            return None
        ranges = to_ranges(f.seq for f in batch)
        note = Evicted(
            stream=batch[0].stream,
            ranges=ranges,
            samples=sum(f.samples for f in batch),
            start_us=min(f.start_us for f in batch),
            end_us=max(f.end_us for f in batch),
            reason=reason,
        )
        with self._writing():
            self._note(batch[0].sensor, note)
        self.commit(note.stream, ranges)
        self.samples_evicted += note.samples
        return note

    def _oldest_of_one_stream(self, not_before_us: int | None) -> list[Spooled]:
        batch: list[Spooled] = []
        for frame in self.oldest(EVICT_FRAMES):
            if frame.stream != (batch[0].stream if batch else frame.stream):
                continue
            if not_before_us is None or frame.end_us < not_before_us:
                batch.append(frame)
        return batch

    def _end(self, stream: str, sensor: str, next_seq: int) -> None:
        self._db.execute("UPDATE streams SET ended = 1 WHERE stream = ?", (stream,))
        self._note(sensor, StreamEnded(stream, next_seq - 1))

    def _note(self, sensor: str, note: LedgerNote) -> None:
        payload = encode_note(note)
        self._db.execute(
            "INSERT OR IGNORE INTO notes (sha256, sensor, payload) VALUES (?, ?, ?)",
            (digest(payload), sensor, payload),
        )

    def _forget_held(self, frames: Sequence[Spooled]) -> int:
        before = self._db.total_changes
        self._db.executemany(
            "DELETE FROM frames WHERE stream = ? AND seq = ? AND held = 1", [f.identity for f in frames]
        )
        return self._db.total_changes - before

    def _loose(self) -> Iterator[Spooled]:
        for row in self._db.execute(
            "SELECT sensor, stream, seq, start_us, end_us, samples, payload FROM frames"
            " WHERE held = 0 ORDER BY start_us"
        ):
            yield Spooled(*row)

    def _packed(self) -> Iterator[Spooled]:
        for sensor, block in self._blocks.oldest_first():
            for item in block:
                yield Spooled(sensor, *item)

    def _count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM frames").fetchone()[0]) + self._blocks.count()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise SpoolError(f"the spool cannot be written: {error}") from error
        self._dirty = True
