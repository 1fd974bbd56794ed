"""Older frames become sealed blocks: a twelfth of the space, and quicker to read."""

import sqlite3
from collections.abc import Iterator

from tempoband.contracts.frame import Frame, decode_frame, encode_frame
from tempoband.storage.timeseries.sealed.block import header_of, seal

BLOCK_SAMPLES = 65_536
SETTLED_US = 600 * 1_000_000  # a stream is sealed up to ten minutes before its newest sample
_LEAST_SAMPLES = 8_192  # shorter blocks only once the stream is long over
_OVER_US = 6 * 3600 * 1_000_000

_OPEN = """SELECT id, end_us FROM streams WHERE id IN (SELECT DISTINCT stream_id FROM frames) ORDER BY id"""
_SETTLED = "SELECT payload FROM frames WHERE stream_id = ? AND seq > ? AND end_us < ? ORDER BY seq LIMIT ?"
_READ_FRAMES = 4096
_FREE_PAGES = 128


def seal_one(db: sqlite3.Connection, now_us: int) -> bool:
    """Seal one block, if there is one to seal. Inside a transaction."""
    for stream_id, end_us in db.execute(_OPEN).fetchall():
        over = end_us < now_us - _OVER_US
        before_us = end_us + 1 if over else end_us - SETTLED_US
        for run in _runs(db, stream_id, before_us):
            samples = sum(len(f) for f in run)
            if samples >= (1 if over else _LEAST_SAMPLES):
                store_block(db, stream_id, run)
                _forget_frames(db, stream_id, run)
                return True
    return False


def store_block(db: sqlite3.Connection, stream_id: int, run: list[Frame]) -> None:
    """Write one block."""
    row = (
        stream_id,
        run[0].seq,
        run[-1].seq,
        min(f.t0_us for f in run),
        max(f.end_us for f in run),
        sum(len(f) for f in run),
        sum(f.lost for f in run),
        seal(run),
    )
    columns = "stream_id, first_seq, last_seq, start_us, end_us, n, lost, data"
    db.execute(f"INSERT INTO blocks ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - constants
    db.execute("UPDATE streams SET sealed_seq = max(sealed_seq, ?) WHERE id = ?", (run[-1].seq, stream_id))


def _forget_frames(db: sqlite3.Connection, stream_id: int, run: list[Frame]) -> None:
    span = (stream_id, run[0].seq, run[-1].seq)
    db.execute("DELETE FROM frames WHERE stream_id = ? AND seq BETWEEN ? AND ?", span)


def _runs(db: sqlite3.Connection, stream_id: int, before_us: int) -> Iterator[list[Frame]]:
    """Runs of consecutive frames with one header, each at most a block long.

    Frames whose bytes are not the ones we would write (a foreign encoder) stay as they came.
    """
    run: list[Frame] = []
    samples = 0
    after = -1
    while rows := db.execute(_SETTLED, (stream_id, after, before_us, _READ_FRAMES)).fetchall():
        for (payload,) in rows:
            frame = decode_frame(payload)
            after = frame.seq
            exact = encode_frame(frame) == payload
            joins = run and frame.seq == run[-1].seq + 1 and header_of(frame) == header_of(run[-1])
            if run and (not exact or not joins or samples >= BLOCK_SAMPLES):
                yield run
                run, samples = [], 0
            if exact:
                run.append(frame)
                samples += len(frame)
    if run:
        yield run


def give_back(db: sqlite3.Connection) -> bool:
    """Give free pages back to the disk, some at a time; False when few are left: the next ones want them."""
    free, pages = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count"))
    if free <= max(_FREE_PAGES, pages // 4):
        return False
    db.execute(f"PRAGMA incremental_vacuum({_FREE_PAGES})").fetchall()
    return True


def merge_commits(db: sqlite3.Connection, before_us: int) -> None:
    """Of older commits keep one per sensor and hour that spans them all: who was behind sees no less."""
    groups = "FROM commits WHERE at_us < ? GROUP BY sensor, at_us / 3600000000"
    merged = db.execute(
        f"SELECT min(start_us), max(end_us), max(cursor) {groups} HAVING count(*) > 1",
        (before_us,),
    ).fetchall()
    if merged:
        db.executemany("UPDATE commits SET start_us = ?, end_us = ? WHERE cursor = ?", merged)
        query = f"DELETE FROM commits WHERE at_us < ? AND cursor NOT IN (SELECT max(cursor) {groups})"  # noqa: S608 - constants
        db.execute(query, (before_us, before_us))
