"""Reading: every call sees one consistent state, also while the writer commits or seals."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import cbor2
import numpy as np
import numpy.typing as npt

from tempoband.contracts.frame import decode_frame, encode_frame
from tempoband.contracts.ledger import LedgerNote, Reached, decode_note
from tempoband.storage.timeseries.base import Change, Curve, StoredFrame
from tempoband.storage.timeseries.curves import assemble
from tempoband.storage.timeseries.sealed.block import Block, open_block

_STREAMS = """SELECT id, sensor, bridge FROM streams
    WHERE sensor = ? AND end_us >= ? AND start_us < ? ORDER BY start_us"""
_PAYLOADS = "SELECT payload FROM frames WHERE stream_id = ? AND end_us >= ? AND start_us < ? ORDER BY seq"
_BLOCKS = "SELECT data FROM blocks WHERE stream_id = ? AND end_us >= ? AND start_us < ? ORDER BY first_seq"
_COUNT = """SELECT
    (SELECT count(*) FROM frames JOIN streams ON streams.id = stream_id
     WHERE sensor = ?1 AND frames.end_us >= ?2 AND frames.start_us < ?3)
  + (SELECT coalesce(sum(blocks.last_seq - first_seq + 1), 0)
     FROM blocks JOIN streams ON streams.id = stream_id
     WHERE sensor = ?1 AND blocks.end_us >= ?2 AND blocks.start_us < ?3)"""
_NOTES = """SELECT note FROM notes JOIN streams ON streams.id = stream_id
    WHERE sensor = ?1 AND coalesce(end_us, ?2) >= ?2 AND coalesce(start_us, ?2) < ?3"""
_CHANGES = "SELECT cursor, sensor, start_us, end_us FROM commits WHERE cursor > ? ORDER BY cursor LIMIT ?"


@dataclass(slots=True)
class _Pieces:
    time_us: list[npt.NDArray[np.int64]]
    tension_n: list[npt.NDArray[np.float64]]

    def add_block(self, block: Block) -> None:
        self.time_us.append(block.time_us)
        self.tension_n.append(block.counts.astype(np.float64) * block.scale_n + block.offset_n)

    def add_payloads(self, payloads: list[bytes]) -> None:
        """Stored frames were checked when they came in: take them apart and convert them all at once."""
        if not payloads:
            return
        maps = [cbor2.loads(payload) for payload in payloads]
        counts = np.frombuffer(b"".join(m["counts"].value for m in maps), "<i4")
        dt_us = np.frombuffer(b"".join(m["dt"].value for m in maps), "<u4")
        sizes = np.array([len(m["counts"].value) // 4 for m in maps])
        heads = [(m["t0"], m["scale_n"], m["offset_n"]) for m in maps]
        t0_us = np.array([h[0] for h in heads], np.int64)
        self.time_us.append(np.repeat(t0_us, sizes) + dt_us)
        if len({h[1:] for h in heads}) == 1:
            self.tension_n.append(counts * float(heads[0][1]) + float(heads[0][2]))
        else:
            scale_n, offset_n = (np.repeat(np.array([h[i] for h in heads], float), sizes) for i in (1, 2))
            self.tension_n.append(counts * scale_n + offset_n)


def read(db: sqlite3.Connection, sensor: str, start_us: int, end_us: int) -> Curve:
    """See TimeSeriesReader.read."""
    pieces = _Pieces([], [])
    for stream_id, _, _ in db.execute(_STREAMS, (sensor, start_us, end_us)).fetchall():
        span = (stream_id, start_us, end_us)
        for (data,) in db.execute(_BLOCKS, span):
            pieces.add_block(open_block(data))
        pieces.add_payloads([row[0] for row in db.execute(_PAYLOADS, span)])
    return assemble(pieces.time_us, pieces.tension_n, start_us, end_us)


def frames(db: sqlite3.Connection, sensor: str, start_us: int, end_us: int) -> Iterator[StoredFrame]:
    """See TimeSeriesReader.frames; one block in memory at a time."""
    for stream_id, name, bridge in db.execute(_STREAMS, (sensor, start_us, end_us)).fetchall():
        span = (stream_id, start_us, end_us)
        query = (
            "SELECT first_seq, data, 1 FROM blocks WHERE stream_id = ?1 AND end_us >= ?2 AND start_us < ?3"
            " UNION ALL SELECT seq, payload, 0 FROM frames"
            " WHERE stream_id = ?1 AND end_us >= ?2 AND start_us < ?3 ORDER BY 1"
        )
        for _, data, sealed in db.execute(query, span):
            if not sealed:
                yield StoredFrame(name, bridge, decode_frame(data), data)
                continue
            for frame in open_block(data).frames():
                if frame.end_us >= start_us and frame.t0_us < end_us:
                    yield StoredFrame(name, bridge, frame, encode_frame(frame))


def count_frames(db: sqlite3.Connection, sensor: str, start_us: int, end_us: int) -> int:
    """See Spooling.count_frames; a sealed block counts whole."""
    found = db.execute(_COUNT, (sensor, start_us, end_us)).fetchone()
    return int(found[0])


def notes(db: sqlite3.Connection, sensor: str, start_us: int, end_us: int) -> list[LedgerNote]:
    """See Spooling.notes."""
    found = (decode_note(row[0]) for row in db.execute(_NOTES, (sensor, start_us, end_us)))
    return [note for note in found if not isinstance(note, Reached)]


def sensors(db: sqlite3.Connection) -> list[str]:
    """See TimeSeriesReader.sensors."""
    rows = db.execute("SELECT DISTINCT sensor FROM streams WHERE frames > 0 ORDER BY sensor")
    return [row[0] for row in rows]


def changes(db: sqlite3.Connection, after: int, limit: int) -> list[Change]:
    """See TimeSeriesReader.changes."""
    return [Change(*row) for row in db.execute(_CHANGES, (after, limit))]
