"""From the rows of a stream to what is missing of it: pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.contracts.ledger import Evicted
from tempoband.contracts.ranges import Range
from tempoband.storage.timeseries.base import Gap, StreamInfo
from tempoband.storage.timeseries.influx.decode import LedgerRows
from tempoband.storage.timeseries.influx.schema import Erasure, StreamRow


def missing_ranges(rows: LedgerRows, last_seq: int | None, accounted: Iterable[Range]) -> tuple[Range, ...]:
    """Inclusive seq ranges from 0 to the last known frame that are neither stored nor accounted for.

    Works on the ranges, not on the numbers: a hostile seq may be as large as 2^53.
    """
    known = sorted([*_stored(rows), *accounted])
    end = max([last_seq if last_seq is not None else -1, *(last for _, last in known)], default=-1)
    missing: list[Range] = []
    following = 0
    for first, last in known:
        if first > following:
            missing.append((following, first - 1))
        following = max(following, last + 1)
    if following <= end:
        missing.append((following, end))
    return tuple(missing)


def stream_info(
    row: StreamRow,
    rows: LedgerRows,
    evictions: Sequence[Evicted],
    erasures: Sequence[Erasure],
    kept_since_us: int = 0,
) -> StreamInfo:
    """The ledger of one stream that has frames; those before ``kept_since_us`` were dropped by age."""
    accounted = [*_evicted(evictions), *_erased(row.stream, erasures)]
    if row.from_us is not None and row.from_us < kept_since_us and rows.seq[0] > 0:
        accounted.append((0, int(rows.seq[0]) - 1))
    loss = row.loss or LossKnowledge.UNKNOWN
    return replace(
        _without_frames(row, evictions),
        start_us=int(rows.t0_us.min()),
        end_us=int(rows.end_us.max()),
        frames=len(rows.seq),
        samples=int(rows.samples.sum()),
        missing=missing_ranges(rows, row.last_seq, accounted),
        lost_samples=None if loss is LossKnowledge.UNKNOWN else int(rows.lost.sum()),
    )


def given_up(row: StreamRow, evictions: Sequence[Evicted]) -> StreamInfo:
    """The ledger of a stream of which nothing is stored."""
    nothing = np.empty(0, np.int64)
    rows = LedgerRows(nothing, nothing, nothing, nothing, nothing)
    missing = missing_ranges(rows, row.last_seq, _evicted(evictions))
    return replace(_without_frames(row, evictions), missing=missing)


def stream_gaps(info: StreamInfo, rows: LedgerRows) -> Iterator[Gap]:
    """Between neighbouring stored frames: what the sensor lost, and frames that never came."""
    for index in np.flatnonzero(rows.lost[1:] > 0).tolist():
        yield Gap(int(rows.end_us[index]), int(rows.t0_us[index + 1]), "lost", int(rows.lost[index + 1]))
    after = {int(np.searchsorted(rows.seq, first)) for first, _ in info.missing}
    for index in sorted(after - {0, len(rows.seq)}):
        yield Gap(int(rows.end_us[index - 1]), int(rows.t0_us[index]), "missing", None)


def _without_frames(row: StreamRow, evictions: Sequence[Evicted]) -> StreamInfo:
    return StreamInfo(
        stream=row.stream,
        sensor=row.sensor,
        bridge=row.bridge,
        start_us=min((note.start_us for note in evictions), default=0),
        end_us=max((note.end_us for note in evictions), default=0),
        frames=0,
        samples=0,
        missing=(),
        evicted_samples=sum(note.samples for note in evictions),
        lost_samples=None,
        last_seq=row.last_seq,
        clock=row.clock or ClockKind.ARRIVAL,
        loss=row.loss or LossKnowledge.UNKNOWN,
        rate_hz=row.rate_hz or 0.0,
    )


def _stored(rows: LedgerRows) -> list[Range]:
    if len(rows.seq) == 0:
        return []
    breaks = np.flatnonzero(np.diff(rows.seq) > 1)
    firsts = rows.seq[np.concatenate(([0], breaks + 1))]
    lasts = rows.seq[np.concatenate((breaks, [len(rows.seq) - 1]))]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _evicted(evictions: Iterable[Evicted]) -> Iterator[Range]:
    for note in evictions:
        yield from note.ranges


def _erased(stream: str, erasures: Iterable[Erasure]) -> Iterator[Range]:
    for erasure in erasures:
        yield from erasure.frames.get(stream, ())
