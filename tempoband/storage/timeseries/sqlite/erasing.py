"""Erasing for good: tombstones first, then the samples, from frames and sealed blocks alike."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tempoband.contracts.frame import Frame, decode_frame, encode_frame
from tempoband.contracts.ranges import Range, to_ranges
from tempoband.storage.timeseries.edit import Span, without
from tempoband.storage.timeseries.sealed.block import open_block
from tempoband.storage.timeseries.sqlite import overview
from tempoband.storage.timeseries.sqlite.sealing import store_block

_STREAMS = "SELECT id FROM streams WHERE sensor = ? AND end_us >= ? AND start_us < ?"
_FRAMES = "SELECT payload FROM frames WHERE stream_id = ? AND end_us >= ? AND start_us < ?"
_BLOCKS = "SELECT id, data FROM blocks WHERE stream_id = ? AND end_us >= ? AND start_us < ?"
_PUT = "UPDATE frames SET start_us = ?, end_us = ?, n = ?, payload = ? WHERE stream_id = ? AND seq = ?"
_EXTENT = """SELECT min(start_us), max(end_us), sum(frames), sum(n), sum(lost) FROM (
    SELECT start_us, end_us, 1 AS frames, n, lost FROM frames WHERE stream_id = ?1
    UNION ALL SELECT start_us, end_us, last_seq - first_seq + 1, n, lost FROM blocks WHERE stream_id = ?1)"""
_SHRINK = "UPDATE streams SET start_us = ?, end_us = ?, frames = ?, samples = ?, lost = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class _Cut:
    """What becomes of the frames of a stretch."""

    kept: list[Frame]
    shortened: list[Frame]
    gone: tuple[Range, ...]
    samples: int


def erase(db: sqlite3.Connection, sensor: str, span: Span, now_us: int, *, tombstone: bool = True) -> int:
    """Erase start <= t < end of a sensor inside a transaction; returns samples erased.

    With ``tombstone`` redelivery is refused from now on and followers are told to look again; retention does
    neither: what was scored stays scored.
    """
    if tombstone:
        db.execute("INSERT OR IGNORE INTO tombstones VALUES (?, ?, ?)", (sensor, *span))
        overview.erase(db, sensor, span)
    erased = 0
    for (stream_id,) in db.execute(_STREAMS, (sensor, *span)).fetchall():
        cut = _cut_frames(db, stream_id, span) + _cut_blocks(db, stream_id, span)
        if not cut:
            continue
        erased += cut
        start_us, end_us, *sums = db.execute(_EXTENT, (stream_id,)).fetchone()
        db.execute(_SHRINK, (start_us, end_us, *(s or 0 for s in sums), stream_id))
    if erased and tombstone:
        columns = "sensor, start_us, end_us, at_us"
        row = (sensor, span[0], span[1] - 1, now_us)
        db.execute(f"INSERT INTO commits ({columns}) VALUES (?, ?, ?, ?)", row)  # noqa: S608 - constants
    return erased


def _cut(frames: Iterable[Frame], span: Span) -> _Cut:
    kept: list[Frame] = []
    shortened: list[Frame] = []
    gone: list[int] = []
    samples = 0
    for frame in frames:
        rest = without(frame, [span])
        if rest is None:
            gone.append(frame.seq)
        else:
            kept.append(rest)
            if rest is not frame:
                shortened.append(rest)
        samples += len(frame) - (len(rest) if rest is not None else 0)
    return _Cut(kept, shortened, to_ranges(gone), samples)


def _cut_frames(db: sqlite3.Connection, stream_id: int, span: Span) -> int:
    cut = _cut((decode_frame(row[0]) for row in db.execute(_FRAMES, (stream_id, *span)).fetchall()), span)
    for first, last in cut.gone:
        db.execute("DELETE FROM frames WHERE stream_id = ? AND seq BETWEEN ? AND ?", (stream_id, first, last))
    rows = ((f.t0_us, f.end_us, len(f), encode_frame(f), stream_id, f.seq) for f in cut.shortened)
    db.executemany(_PUT, rows)
    _remember(db, stream_id, cut)
    return cut.samples


def _cut_blocks(db: sqlite3.Connection, stream_id: int, span: Span) -> int:
    samples = 0
    for block_id, data in db.execute(_BLOCKS, (stream_id, *span)).fetchall():
        cut = _cut(open_block(data).frames(), span)
        if not cut.samples:
            continue
        db.execute("DELETE FROM blocks WHERE id = ?", (block_id,))
        for run in _consecutive(cut.kept):
            store_block(db, stream_id, run)
        _remember(db, stream_id, cut)
        samples += cut.samples
    return samples


def _remember(db: sqlite3.Connection, stream_id: int, cut: _Cut) -> None:
    rows = ((stream_id, first, last) for first, last in cut.gone)
    db.executemany("INSERT OR IGNORE INTO erased VALUES (?, ?, ?)", rows)


def _consecutive(frames: list[Frame]) -> Iterator[list[Frame]]:
    run: list[Frame] = []
    for frame in frames:
        if run and frame.seq != run[-1].seq + 1:
            yield run
            run = []
        run.append(frame)
    if run:
        yield run
