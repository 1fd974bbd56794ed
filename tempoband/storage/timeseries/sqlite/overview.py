"""What stays of samples that retention drops: least, mean and greatest of every second."""

import sqlite3
import zlib
from collections.abc import Iterator

import numpy as np

from tempoband.storage.timeseries.base import Curve
from tempoband.storage.timeseries.edit import Span

_SECOND_US = 1_000_000
_ROW = np.dtype([("second", "<i8"), ("least_n", "<f4"), ("mean_n", "<f4"), ("greatest_n", "<f4")])
_IN_RANGE = "SELECT id, data FROM overview WHERE sensor = ? AND end_us > ? AND start_us < ? ORDER BY start_us"


def keep(db: sqlite3.Connection, sensor: str, curve: Curve) -> None:
    """Keep the seconds of a curve."""
    if not len(curve):
        return
    seconds = curve.time_us // _SECOND_US
    starts = np.flatnonzero(np.diff(seconds, prepend=seconds[0] - 1))
    rows = np.empty(len(starts), _ROW)
    rows["second"] = seconds[starts]
    rows["least_n"] = np.minimum.reduceat(curve.tension_n, starts)
    rows["greatest_n"] = np.maximum.reduceat(curve.tension_n, starts)
    rows["mean_n"] = np.add.reduceat(curve.tension_n, starts) / np.diff(starts, append=len(seconds))
    _put(db, sensor, rows)


def read(db: sqlite3.Connection, sensor: str, span: Span) -> Curve:
    """Two points a second, the least and the greatest, of start <= second < end."""
    parts = [rows for _, rows in _rows(db, sensor, span)]
    rows = np.concatenate(parts) if parts else np.empty(0, _ROW)
    rows = rows[(rows["second"] * _SECOND_US >= span[0]) & (rows["second"] * _SECOND_US < span[1])]
    time_us = np.repeat(rows["second"] * _SECOND_US, 2)
    time_us[1::2] += _SECOND_US // 2
    tension_n = np.stack([rows["least_n"], rows["greatest_n"]], axis=1).astype(np.float64).ravel()
    return Curve(time_us, tension_n)


def erase(db: sqlite3.Connection, sensor: str, span: Span) -> None:
    """Erase every second that the span touches."""
    for row_id, rows in list(_rows(db, sensor, span)):
        db.execute("DELETE FROM overview WHERE id = ?", (row_id,))
        from_us = rows["second"] * _SECOND_US
        _put(db, sensor, rows[(from_us + _SECOND_US <= span[0]) | (from_us >= span[1])])


def kept_since_us(db: sqlite3.Connection) -> int:
    """Samples before this were dropped by age."""
    row = db.execute("SELECT kept_since_us FROM retention").fetchone()
    return row[0] if row else 0


def dropped_before(db: sqlite3.Connection, oldest_us: int) -> None:
    """Remember how far retention has got; it never goes back."""
    newest = "ON CONFLICT DO UPDATE SET kept_since_us = max(kept_since_us, ?1)"
    db.execute(f"INSERT INTO retention VALUES (1, ?1) {newest}", (oldest_us,))  # noqa: S608 - constants


def drop(db: sqlite3.Connection, oldest_us: int) -> int:
    """Drop whole stretches older than this; returns how many rows."""
    return db.execute("DELETE FROM overview WHERE end_us <= ?", (oldest_us,)).rowcount


def _put(db: sqlite3.Connection, sensor: str, rows: np.ndarray) -> None:
    if len(rows):
        start_us, end_us = int(rows["second"][0]) * _SECOND_US, (int(rows["second"][-1]) + 1) * _SECOND_US
        row = (sensor, start_us, end_us, zlib.compress(rows.tobytes(), 9))
        db.execute("INSERT INTO overview (sensor, start_us, end_us, data) VALUES (?, ?, ?, ?)", row)


def _rows(db: sqlite3.Connection, sensor: str, span: Span) -> Iterator[tuple[int, np.ndarray]]:
    for row_id, data in db.execute(_IN_RANGE, (sensor, *span)):
        yield row_id, np.frombuffer(zlib.decompress(data), _ROW)
