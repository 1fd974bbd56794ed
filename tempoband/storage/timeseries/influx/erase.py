"""What an erasure takes from the frames it touches: pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tempoband.contracts.frame import decode_frame, encode_frame
from tempoband.contracts.ranges import expand, to_ranges
from tempoband.storage.timeseries.influx.batch import uncovered
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


def erased(stretch: Erasure, rows: Iterable[tuple[bytes, bytes]], before: Sequence[Erasure] = ()) -> Erased:
    """Cut a stretch out of rows given as (digest as delivered, bytes as stored).

    Args:
        stretch: sensor, start and end.
        rows: the frames that touch it.
        before: earlier, perhaps interrupted, erasures of the same stretch.
    """
    whole: dict[str, set[int]] = defaultdict(set)
    for erasure in before:
        for stream, ranges in erasure.frames.items():
            whole[stream] |= set(expand(ranges))
    samples = 0
    remainders: list[bytes] = []
    for digest, payload in rows:
        frame = decode_frame(payload)
        left = uncovered(frame, [stretch])
        samples += len(frame) - (0 if left is None else len(left))
        if left is None:
            whole[frame.stream].add(frame.seq)
        elif left is not frame:
            remainders.append(frame_line(stretch.sensor, left, encode_frame(left), digest))
    tombstone = Erasure(
        sensor=stretch.sensor,
        start_us=stretch.start_us,
        end_us=stretch.end_us,
        samples=samples + sum(erasure.samples for erasure in before),
        frames={stream: to_ranges(seqs) for stream, seqs in whole.items()},
        done=False,
    )
    return Erased(tombstone, samples, remainders)
