"""Writing: one transaction a batch, durable on return, idempotent by (stream, seq)."""

import sqlite3
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import Frame, encode_frame
from tempoband.contracts.ledger import LedgerNote, StreamEnded, encode_note
from tempoband.storage.timeseries.base import StoredFrame, WriteResult
from tempoband.storage.timeseries.edit import Span, without
from tempoband.storage.timeseries.sealed.block import open_block

_STREAMS_KEPT = 16_384
_SPARSE = 4  # a batch whose seqs lie further apart than this is looked up one by one

_INSERT = "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?)"
_GROW = """UPDATE streams SET
    start_us = min(coalesce(start_us, ?1), ?1), end_us = max(coalesce(end_us, ?2), ?2),
    frames = frames + ?3, samples = samples + ?4, lost = lost + ?5, max_seq = max(max_seq, ?6),
    clock = coalesce(clock, ?7), loss = coalesce(loss, ?8), rate_hz = coalesce(rate_hz, ?9) WHERE id = ?10"""
_COMMIT = "INSERT INTO commits (sensor, start_us, end_us, at_us) VALUES (?, ?, ?, ?)"
_BLOCK = "SELECT data FROM blocks WHERE stream_id = ? AND first_seq <= ? AND last_seq >= ?"


@dataclass(slots=True)
class _Stream:
    """What the writer remembers of a stream between batches."""

    id: int
    sensor: str
    bridge: str
    max_seq: int
    sealed_seq: int


class Writer:
    """Everything that adds to the store; used by one thread at a time, inside a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._streams: OrderedDict[str, _Stream] = OrderedDict()
        self._tombstones: dict[str, list[Span]] | None = None

    def forget(self) -> None:
        """Drop what is remembered: after a rollback, an erasure or a sealing."""
        self._streams.clear()
        self._tombstones = None

    def write(self, frames: Sequence[StoredFrame]) -> WriteResult:
        """Add a batch; see TimeSeriesStore.write."""
        outcomes: list[RejectReason | None] = [None] * len(frames)
        by_stream: dict[str, list[int]] = defaultdict(list)
        for index, stored in enumerate(frames):
            by_stream[stored.frame.stream].append(index)
        touched: dict[str, Span] = {}
        for name, indices in by_stream.items():
            self._write_stream(name, indices, frames, outcomes, touched)
        now_us = time.time_ns() // 1000
        commits = [(sensor, span[0], span[1], now_us) for sensor, span in touched.items()]
        self._db.executemany(_COMMIT, commits)
        return WriteResult(tuple(outcomes))

    def write_notes(self, notes: Iterable[tuple[str, str, LedgerNote]]) -> None:
        """Add ledger notes; see TimeSeriesStore.write_notes."""
        for bridge, sensor, note in notes:
            stream = self._stream(note.stream, sensor, bridge)
            if (stream.sensor, stream.bridge) != (sensor, bridge):
                continue  # nobody closes the ledger of another's stream
            self._db.execute("INSERT OR IGNORE INTO notes VALUES (?, ?)", (stream.id, encode_note(note)))
            if isinstance(note, StreamEnded):
                self._db.execute("UPDATE streams SET last_seq = ? WHERE id = ?", (note.last_seq, stream.id))

    def _write_stream(
        self,
        name: str,
        indices: list[int],
        frames: Sequence[StoredFrame],
        outcomes: list[RejectReason | None],
        touched: dict[str, Span],
    ) -> None:
        first = frames[indices[0]]
        stream = self._stream(name, first.sensor, first.bridge)
        known = self._known(stream, [frames[i].frame.seq for i in indices])
        fresh: dict[int, StoredFrame] = {}
        for i in indices:
            stored = frames[i]
            seq = stored.frame.seq
            if stored.sensor != stream.sensor or stored.bridge != stream.bridge:
                outcomes[i] = RejectReason.WRONG_SENSOR
            elif self._erased(stored, known.get(seq)):
                outcomes[i] = RejectReason.ERASED
            elif seq in known:
                outcomes[i] = None if known[seq] == stored.payload else RejectReason.CONFLICT
            else:
                fresh[seq] = self._trimmed(stored)
                known[seq] = fresh[seq].payload
        if fresh:
            self._add(stream, list(fresh.values()), touched)

    def _add(self, stream: _Stream, fresh: list[StoredFrame], touched: dict[str, Span]) -> None:
        rows = [
            (stream.id, f.seq, f.t0_us, f.end_us, len(f.counts), f.lost, s.payload)
            for s in fresh
            for f in (s.frame,)
        ]
        self._db.executemany(_INSERT, rows)
        start_us, end_us = min(r[2] for r in rows), max(r[3] for r in rows)
        stream.max_seq = max(stream.max_seq, *(r[1] for r in rows))
        sums = (len(rows), sum(r[4] for r in rows), sum(r[5] for r in rows))
        head = fresh[0].frame
        kind = (str(head.clock), str(head.loss), head.rate_hz)
        self._db.execute(_GROW, (start_us, end_us, *sums, stream.max_seq, *kind, stream.id))
        before = touched.get(stream.sensor, (start_us, end_us))
        touched[stream.sensor] = (min(before[0], start_us), max(before[1], end_us))

    def _stream(self, name: str, sensor: str, bridge: str) -> _Stream:
        """The stream's row, made and bound to sensor and bridge at its first word."""
        stream = self._streams.get(name)
        if stream is None:
            columns = "id, sensor, bridge, max_seq, sealed_seq"
            query = f"SELECT {columns} FROM streams WHERE stream = ?"  # noqa: S608 - constants
            row = self._db.execute(query, (name,)).fetchone()
            if row is None:
                insert = "INSERT INTO streams (stream, sensor, bridge) VALUES (?, ?, ?)"
                row = (self._db.execute(insert, (name, sensor, bridge)).lastrowid, sensor, bridge, -1, -1)
            stream = self._streams[name] = _Stream(*row)
            if len(self._streams) > _STREAMS_KEPT:
                self._streams.popitem(last=False)
        return stream

    def _known(self, stream: _Stream, seqs: list[int]) -> dict[int, bytes]:
        """The bytes of those seqs that the store has already."""
        low, high = min(seqs), max(seqs)
        if low > stream.max_seq:
            return {}
        if high - low < _SPARSE * len(seqs):
            query = "SELECT seq, payload FROM frames WHERE stream_id = ? AND seq BETWEEN ? AND ?"
            known = dict(self._db.execute(query, (stream.id, low, high)).fetchall())
        else:
            query = "SELECT seq, payload FROM frames WHERE stream_id = ? AND seq = ?"
            found = (self._db.execute(query, (stream.id, seq)).fetchone() for seq in seqs)
            known = {row[0]: row[1] for row in found if row is not None}
        if low <= stream.sealed_seq:
            known.update(self._sealed(stream, [s for s in seqs if s not in known]))
        return known

    def _sealed(self, stream: _Stream, seqs: list[int]) -> dict[int, bytes]:
        known: dict[int, bytes] = {}
        for seq in seqs:
            if seq in known:
                continue
            row = self._db.execute(_BLOCK, (stream.id, seq, seq)).fetchone()
            if row is not None:
                known.update({f.seq: encode_frame(f) for f in open_block(row[0]).frames()})
        return known

    def _spans(self, sensor: str) -> list[Span]:
        if self._tombstones is None:
            self._tombstones = defaultdict(list)
            for name, start_us, end_us in self._db.execute("SELECT * FROM tombstones"):
                self._tombstones[name].append((start_us, end_us))
        return self._tombstones.get(sensor, [])

    def _erased(self, stored: StoredFrame, known: bytes | None) -> bool:
        """Whether a tombstone refuses the frame: wholly covered, or its rest is stored already."""
        spans = self._spans(stored.sensor)
        if not spans or not _touches(stored.frame, spans):
            return False
        return without(stored.frame, spans) is None or (known is not None and known != stored.payload)

    def _trimmed(self, stored: StoredFrame) -> StoredFrame:
        """A frame that comes late and reaches into an erased stretch keeps only what lies outside."""
        spans = self._spans(stored.sensor)
        if not spans or not _touches(stored.frame, spans):
            return stored
        rest = without(stored.frame, spans)
        if rest is None or len(rest) == len(stored.frame):
            return stored
        return StoredFrame(stored.sensor, stored.bridge, rest, encode_frame(rest))


def _touches(frame: Frame, spans: list[Span]) -> bool:
    return any(frame.t0_us < end_us and frame.end_us >= start_us for start_us, end_us in spans)
