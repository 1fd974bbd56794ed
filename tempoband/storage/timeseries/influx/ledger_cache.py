"""Ledgers of streams that were asked for before, kept fresh by the numbered commits."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np

from tempoband.storage.timeseries.base import Change
from tempoband.storage.timeseries.influx.decode import LedgerRows
from tempoband.storage.timeseries.influx.schema import StreamRow

_MOST_ROWS = 1_000_000  # 40 MB
_MOST_CHANGES = 1000  # so many are looked through; after more of them everything is read afresh

Load = Callable[[str, int, int], dict[str, LedgerRows]]
"""Rows of a sensor that touch start_us <= time < end_us, by stream."""


@dataclass
class _Kept:
    sensor: str
    rows: LedgerRows
    touched: list[tuple[int, int]] = field(default_factory=list)


class LedgerCache:
    """A rescoring asks for the same stream every second; only what was committed since is read again."""

    def __init__(
        self, load: Load, changes: Callable[[int, int], list[Change]], newest: Callable[[], int]
    ) -> None:
        self._load = load
        self._changes = changes
        self._newest = newest
        self._cursor: int | None = None
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Take note of what was committed since the last time."""
        with self._lock:
            changes = [] if self._cursor is None else self._changes(self._cursor, _MOST_CHANGES)
            if self._cursor is None or len(changes) == _MOST_CHANGES:
                self._kept.clear()
                self._cursor = self._newest()
            for change in changes:
                self._cursor = change.cursor
                for kept in self._kept.values():
                    if kept.sensor == change.sensor:
                        kept.touched.append((change.start_us, change.end_us))

    def clear(self) -> None:
        """Forget everything: something went without a commit."""
        with self._lock:
            self._kept.clear()

    def rows(self, stream: StreamRow) -> LedgerRows | None:
        """Every frame of a stream; None when there is none."""
        with self._lock:
            kept = self._kept.pop(stream.stream, None)
            rows = self._updated(stream, kept) if kept is not None else self._whole(stream)
            if rows is None:
                return None
            self._kept[stream.stream] = _Kept(stream.sensor, rows)
            self._trim()
            return rows

    def _whole(self, stream: StreamRow) -> LedgerRows | None:
        if stream.from_us is None or stream.until_us is None:
            return None
        return self._load(stream.sensor, stream.from_us, stream.until_us).get(stream.stream)

    def _updated(self, stream: StreamRow, kept: _Kept) -> LedgerRows | None:
        if not kept.touched:
            return kept.rows
        start_us, end_us = min(s for s, _ in kept.touched), max(e for _, e in kept.touched)
        fresh = self._load(stream.sensor, start_us, end_us + 1).get(stream.stream)
        rows = kept.rows
        old = (rows.end_us >= start_us) & (rows.t0_us <= end_us)
        if fresh is None or not np.isin(rows.seq[old], fresh.seq).all():
            return self._whole(stream)  # something was erased: what is left may have moved
        return _joined(rows, ~np.isin(rows.seq, fresh.seq), fresh)

    def _trim(self) -> None:
        size = sum(len(kept.rows.seq) for kept in self._kept.values())
        while size > _MOST_ROWS and len(self._kept) > 1:
            _, given_up = self._kept.popitem(last=False)
            size -= len(given_up.rows.seq)


def _joined(rows: LedgerRows, kept: np.ndarray, fresh: LedgerRows) -> LedgerRows:
    order = np.argsort(np.concatenate([rows.seq[kept], fresh.seq]), kind="stable")
    return LedgerRows(
        *(
            np.concatenate([getattr(rows, column.name)[kept], getattr(fresh, column.name)])[order]
            for column in fields(LedgerRows)
        )
    )
