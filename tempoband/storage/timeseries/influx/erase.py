"""What an erasure takes from the frames it touches: pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tempoband.contracts.frame import Frame, decode_frame, encode_frame
from tempoband.contracts.ranges import expand, to_ranges
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.influx.batch import uncovered
from tempoband.storage.timeseries.influx.keys import SLOTS, Taken, free_time
from tempoband.storage.timeseries.influx.schema import Erasure, frame_line


@dataclass(frozen=True, slots=True)
class Erased:
    """The outcome of cutting a stretch out of the frames that touch it.

    Attributes:
        erasure: the tombstone, not yet done.
        samples: samples of this erasure; the tombstone counts those of earlier attempts too.
        remainders: rows that replace the frames of which something is left.
    """

    erasure: Erasure
    samples: int
    remainders: list[bytes]


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A stored frame: time of its row, digest as delivered, bytes as stored."""

    time_ns: int
    digest: bytes
    payload: bytes


def erased(
    stretch: Erasure, rows: Iterable[FrameRow], taken: Taken, before: Sequence[Erasure] = ()
) -> Erased:
    """Cut a stretch out of frames.

    Args:
        stretch: sensor, start and end.
        rows: the frames that touch it.
        taken: times of the sensor's rows from the end of the stretch on, as far as frames reach into it.
        before: earlier, perhaps interrupted, erasures of the same stretch.
    """
    whole: dict[str, set[int]] = defaultdict(set)
    for erasure in before:
        for stream, ranges in erasure.frames.items():
            whole[stream] |= set(expand(ranges))
    samples = 0
    remainders: list[bytes] = []
    for row in rows:
        frame = decode_frame(row.payload)
        left = uncovered(frame, [stretch])
        samples += len(frame) - (0 if left is None else len(left))
        if left is None:
            whole[frame.stream].add(frame.seq)
        elif left is not frame:
            remainders.append(_remainder(stretch.sensor, row, left, taken))
    tombstone = Erasure(
        sensor=stretch.sensor,
        start_us=stretch.start_us,
        end_us=stretch.end_us,
        samples=samples + sum(erasure.samples for erasure in before),
        frames={stream: to_ranges(seqs) for stream, seqs in whole.items()},
        done=False,
    )
    return Erased(tombstone, samples, remainders)


def _remainder(sensor: str, row: FrameRow, left: Frame, taken: Taken) -> bytes:
    """The row of what is left: in the place of the old one, or, without its start, where it starts now."""
    if left.t0_us == row.time_ns // 1000:
        return frame_line(sensor, left, encode_frame(left), row.digest, row.time_ns)
    time_ns = free_time(sensor, left.t0_us, row.time_ns % SLOTS, row.digest, taken)
    if time_ns is None:
        raise StorageError(StorageReason.FULL, f"a thousand frames of {sensor} start at {left.t0_us} us")
    taken[sensor, time_ns] = row.digest
    return frame_line(sensor, left, encode_frame(left), row.digest, time_ns)
