"""What is there, what is missing, what was given up."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.contracts.ledger import Evicted, decode_note
from tempoband.contracts.ranges import Range, to_ranges
from tempoband.storage.timeseries.base import Gap, StreamInfo
from tempoband.storage.timeseries.sealed.block import open_block

_COLUMNS = """id, stream, sensor, bridge, start_us, end_us, frames, samples, lost, max_seq, last_seq,
    clock, loss, rate_hz"""
_SELECT = f"SELECT {_COLUMNS} FROM streams WHERE sensor = ?"  # noqa: S608 - constants
_IN_RANGE = f"{_SELECT} AND end_us >= ? AND start_us < ? ORDER BY start_us"
_EMPTY = f"{_SELECT} AND start_us IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    stream: str
    sensor: str
    bridge: str
    start_us: int | None
    end_us: int | None
    frames: int
    samples: int
    lost: int
    max_seq: int
    last_seq: int | None
    clock: str | None
    loss: str | None
    rate_hz: float | None


def streams(db: sqlite3.Connection, sensor: str, start_us: int, end_us: int) -> list[StreamInfo]:
    """See TimeSeriesReader.streams; a stream that was given up whole counts where its notes say it was."""
    rows = [_Row(*row) for row in db.execute(_IN_RANGE, (sensor, start_us, end_us))]
    infos = [_info(db, row) for row in rows]
    empty = (_info(db, _Row(*row)) for row in db.execute(_EMPTY, (sensor,)))
    return infos + [i for i in empty if i.evicted_samples and i.end_us >= start_us and i.start_us < end_us]


def gaps(db: sqlite3.Connection, sensor: str, start_us: int, end_us: int) -> list[Gap]:
    """See TimeSeriesReader.gaps."""
    rows = [_Row(*row) for row in db.execute(_IN_RANGE, (sensor, start_us, end_us))]
    empty = [_Row(*row) for row in db.execute(_EMPTY, (sensor,))]
    found = [gap for row in rows for gap in _holes(db, row)]
    found += [gap for row in rows + empty for gap in _evictions(db, row.id)]
    touching = [g for g in found if g.end_us > start_us and g.start_us < end_us]
    return sorted(touching, key=lambda g: (g.start_us, g.end_us))


def _info(db: sqlite3.Connection, row: _Row) -> StreamInfo:
    notes = _evicted(db, row.id)
    end = row.last_seq if row.last_seq is not None else row.max_seq
    accounted = _stored(db, row.id) + _erased(db, row.id) + [r for note in notes for r in note.ranges]
    spans = [(n.start_us, n.end_us) for n in notes] or [(0, 0)]
    loss = LossKnowledge(row.loss or LossKnowledge.UNKNOWN)
    return StreamInfo(
        stream=row.stream,
        sensor=row.sensor,
        bridge=row.bridge,
        start_us=row.start_us if row.start_us is not None else min(s for s, _ in spans),
        end_us=row.end_us if row.end_us is not None else max(e for _, e in spans),
        frames=row.frames,
        samples=row.samples,
        missing=complement(accounted, end),
        evicted_samples=sum(note.samples for note in notes),
        lost_samples=None if loss is LossKnowledge.UNKNOWN else row.lost,
        last_seq=row.last_seq,
        clock=ClockKind(row.clock or ClockKind.ARRIVAL),
        loss=loss,
        rate_hz=row.rate_hz or 0.0,
    )


def complement(ranges: list[Range], end: int) -> tuple[Range, ...]:
    """The ranges of 0 to end that are not in ``ranges`` (any order, overlaps allowed)."""
    missing: list[Range] = []
    at = 0
    for first, last in sorted(ranges):
        if first > at:
            missing.append((at, min(first - 1, end)))
        at = max(at, last + 1)
    if at <= end:
        missing.append((at, end))
    return tuple(r for r in missing if r[0] <= r[1])


def _stored(db: sqlite3.Connection, stream_id: int) -> list[Range]:
    blocks = db.execute("SELECT first_seq, last_seq FROM blocks WHERE stream_id = ?", (stream_id,)).fetchall()
    seqs = db.execute("SELECT seq FROM frames WHERE stream_id = ? ORDER BY seq", (stream_id,)).fetchall()
    return [*blocks, *to_ranges(row[0] for row in seqs)]


def _erased(db: sqlite3.Connection, stream_id: int) -> list[Range]:
    return db.execute("SELECT first_seq, last_seq FROM erased WHERE stream_id = ?", (stream_id,)).fetchall()


def _evicted(db: sqlite3.Connection, stream_id: int) -> list[Evicted]:
    rows = db.execute("SELECT note FROM notes WHERE stream_id = ?", (stream_id,))
    return [note for row in rows if isinstance(note := decode_note(row[0]), Evicted)]


def _evictions(db: sqlite3.Connection, stream_id: int) -> Iterator[Gap]:
    for note in _evicted(db, stream_id):
        yield Gap(note.start_us, note.end_us, "evicted", note.samples)


def _holes(db: sqlite3.Connection, row: _Row) -> Iterator[Gap]:
    """Between neighbouring frames: samples lost before one, or seqs that never came."""
    told = _erased(db, row.id) + [r for note in _evicted(db, row.id) for r in note.ranges]
    before_us: int | None = None
    next_seq = 0
    for first_seq, last_seq, start_us, end_us, lost in _runs(db, row.id):
        if before_us is not None and first_seq > next_seq and _untold(told, next_seq, first_seq - 1):
            yield Gap(before_us, start_us, "missing", None)
        if lost and before_us is not None:
            yield Gap(before_us, start_us, "lost", lost)
        before_us, next_seq = end_us, last_seq + 1


def _untold(told: list[Range], first: int, last: int) -> bool:
    clipped = [(max(a, first) - first, min(b, last) - first) for a, b in told if b >= first and a <= last]
    return bool(complement(clipped, last - first))


def _runs(db: sqlite3.Connection, stream_id: int) -> list[tuple[int, int, int, int, int]]:
    """Stretches as (first seq, last seq, start, end, lost before it), in the order of seqs."""
    rows = db.execute(
        "SELECT seq, seq, start_us, end_us, lost FROM frames WHERE stream_id = ? ORDER BY seq", (stream_id,)
    ).fetchall()
    blocks = db.execute(
        "SELECT first_seq, last_seq, start_us, end_us, lost, data FROM blocks WHERE stream_id = ?",
        (stream_id,),
    )
    for first_seq, last_seq, start_us, end_us, lost, data in blocks:
        rows += _runs_in_block(data, first_seq) if lost else [(first_seq, last_seq, start_us, end_us, 0)]
    return sorted(rows)


def _runs_in_block(data: bytes, first_seq: int) -> list[tuple[int, int, int, int, int]]:
    """A block cut before every frame that lost samples."""
    block = open_block(data)
    ends: npt.NDArray[np.int64] = np.cumsum(block.sizes)
    cuts = np.unique(np.concatenate([[0], np.flatnonzero(block.lost)]))
    lasts = np.append(cuts[1:], len(block.sizes)) - 1
    return [
        (
            first_seq + int(a),
            first_seq + int(b),
            int(block.time_us[ends[a] - block.sizes[a]]),
            int(block.time_us[ends[b] - 1]),
            int(block.lost[a]),
        )
        for a, b in zip(cuts, lasts, strict=True)
    ]
