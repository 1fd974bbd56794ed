"""From the rows of a stream to what is missing of it: pure."""

from collections.abc import Iterable, Iterator, Sequence

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
    row: StreamRow, rows: LedgerRows, evictions: Sequence[Evicted], erasures: Sequence[Erasure]
) -> StreamInfo:
    """The ledger of one stream that has frames."""
    clock, loss = row.clock or ClockKind.ARRIVAL, row.loss or LossKnowledge.UNKNOWN
    return StreamInfo(
        stream=row.stream,
        sensor=row.sensor,
        bridge=row.bridge,
        start_us=int(rows.t0_us.min()),
        end_us=int(rows.end_us.max()),
        frames=len(rows.seq),
        samples=int(rows.samples.sum()),
        missing=missing_ranges(rows, row.last_seq, [*_evicted(evictions), *_erased(row.stream, erasures)]),
        evicted_samples=sum(note.samples for note in evictions),
        lost_samples=None if loss is LossKnowledge.UNKNOWN else int(rows.lost.sum()),
        last_seq=row.last_seq,
        clock=clock,
        loss=loss,
        rate_hz=row.rate_hz or 0.0,
    )


def stream_gaps(info: StreamInfo, rows: LedgerRows) -> Iterator[Gap]:
    """What the sensor lost and what never came, in a stream that has frames.

    A missing range reaches from the last sample before it to the first one after it; before the first or
    after the last stored frame only one end is known, and both ends are that one.
    """
    for index in np.flatnonzero(rows.lost > 0).tolist():
        start = int(rows.end_us[max(index - 1, 0)]) if index else int(rows.t0_us[0])
        yield Gap(start, int(rows.t0_us[index]), "lost", int(rows.lost[index]))
    for first, last in info.missing:
        before, after = np.searchsorted(rows.seq, [first, last])
        start = int(rows.end_us[before - 1]) if before else int(rows.t0_us[0])
        end = int(rows.t0_us[after]) if after < len(rows.seq) else start
        yield Gap(start, end, "missing", None)


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
