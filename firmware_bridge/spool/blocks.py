"""Frames that wait long, packed: a week offline must fit on a small card.

A block holds consecutive frames of one stream, as they were sent, compressed together: neighbours differ
little. Frames leave a block by being listed as gone; the block goes with its last frame.
"""

import json
import sqlite3
from collections.abc import Iterator
from functools import lru_cache

import cbor2
import zstandard

from tempoband.contracts.ranges import expand, to_ranges

BLOCK_FRAMES = 256
LEVEL = 9
Item = tuple[str, int, int, int, int, bytes]  # stream, seq, start_us, end_us, samples, payload


class Blocks:
    """The packed part of the spool; its caller holds the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._packer = zstandard.ZstdCompressor(level=LEVEL)

    def pack(self, before_us: int) -> int:
        """Pack the first run of a stream that has a whole block of frames older than this."""
        row = self._db.execute(
            "SELECT stream FROM frames WHERE held = 0 AND end_us < ?"
            " GROUP BY stream HAVING count(*) >= ? LIMIT 1",
            (before_us, BLOCK_FRAMES),
        ).fetchone()
        if row is None:
            return 0
        rows = self._db.execute(
            "SELECT id, sensor, stream, seq, start_us, end_us, samples, payload FROM frames"
            " WHERE stream = ? AND held = 0 AND end_us < ? ORDER BY seq LIMIT ?",
            (row[0], before_us, BLOCK_FRAMES),
        ).fetchall()
        self._insert(rows[0][1], [r[2:] for r in rows])
        self._db.executemany("DELETE FROM frames WHERE id = ?", [r[:1] for r in rows])
        return len(rows)

    def _insert(self, sensor: str, items: list[Item]) -> None:
        payload = self._packer.compress(cbor2.dumps([item[1:] for item in items]))
        stream, first_seq, start_us = items[0][:3]
        self._db.execute(
            "INSERT INTO blocks (sensor, stream, first_seq, last_seq, start_us, frames, payload)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (sensor, stream, first_seq, items[-1][1], start_us, len(items), payload),
        )

    def remove(self, stream: str, first: int, last: int) -> int:
        """Take these frames out; returns how many were in."""
        removed = 0
        blocks = self._db.execute(
            "SELECT id, gone FROM blocks WHERE stream = ? AND first_seq <= ? AND last_seq >= ?",
            (stream, last, first),
        ).fetchall()
        for block, gone_text in blocks:
            gone = set(expand(json.loads(gone_text)))
            present = {item[1] for item in self._unpack(block)}
            leaving = {seq for seq in present - gone if first <= seq <= last}
            removed += len(leaving)
            self._keep(block, present, gone | leaving)
        return removed

    def _keep(self, block: int, present: set[int], gone: set[int]) -> None:
        if present <= gone:
            self._db.execute("DELETE FROM blocks WHERE id = ?", (block,))
        else:
            self._db.execute(
                "UPDATE blocks SET gone = ?, frames = ? WHERE id = ?",
                (json.dumps(to_ranges(gone)), len(present - gone), block),
            )

    def oldest_first(self) -> Iterator[tuple[str, list[Item]]]:
        """Sensor and remaining frames of each block, oldest block first."""
        for block, sensor, gone_text in self._db.execute(
            "SELECT id, sensor, gone FROM blocks ORDER BY start_us"
        ):
            gone = set(expand(json.loads(gone_text)))
            yield sensor, [item for item in self._unpack(block) if item[1] not in gone]

    def count(self) -> int:
        """Frames in all blocks."""
        return int(self._db.execute("SELECT coalesce(sum(frames), 0) FROM blocks").fetchone()[0])

    def _unpack(self, block: int) -> list[Item]:
        stream, payload = self._db.execute(
            "SELECT stream, payload FROM blocks WHERE id = ?", (block,)
        ).fetchone()
        return [(stream, *item) for item in _decompress(payload)]


@lru_cache(maxsize=8)
def _decompress(payload: bytes) -> list[tuple[int, int, int, int, bytes]]:
    return [tuple(item) for item in cbor2.loads(zstandard.ZstdDecompressor().decompress(payload))]
