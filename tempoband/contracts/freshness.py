"""Whether a live frame is fresh: no live viewer and no live scorer ever sees an old sample.

Clocks of two machines differ, so age is judged against the stream itself: a frame is stale when its latency
(arrival - last sample) exceeds the least latency seen lately on that stream by more than 2 s. "Lately",
because two clocks that drift apart by 50 ppm differ by 2 s after eleven hours.
"""

from collections import OrderedDict
from dataclasses import dataclass

STALE_AFTER_US = 2_000_000
_WINDOW_US = 600 * 1_000_000  # the least latency is that of the last one to two windows
_STREAMS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Latency:
    """Least latencies of one stream in the window before and in this one, in microseconds."""

    window_start_us: int
    earlier_us: int
    current_us: int

    @property
    def least_us(self) -> int:
        """Least latency of the last one to two windows."""
        return min(self.earlier_us, self.current_us)


def observe(known: Latency | None, latency_us: int, arrival_us: int) -> Latency:
    """Take one more frame's latency into account. ``arrival_us`` may be any clock that runs forward."""
    if known is None:
        return Latency(arrival_us, latency_us, latency_us)
    if arrival_us - known.window_start_us >= _WINDOW_US:
        return Latency(arrival_us, known.current_us, latency_us)
    return Latency(known.window_start_us, known.earlier_us, min(known.current_us, latency_us))


class Freshness:
    """Judges the frames of many streams; a frame that repeats or goes back in its stream is stale too."""

    def __init__(self) -> None:
        self._streams: OrderedDict[str, tuple[int, Latency]] = OrderedDict()

    def fresh(self, stream: str, seq: int, end_us: int, arrival_us: int) -> bool:
        """Whether to use this frame.

        Args:
            stream: id of its stream.
            seq: its number in the stream.
            end_us: time of its last sample (``Frame.end_us``).
            arrival_us: when it came, UTC microseconds of this machine.
        """
        last_seq, known = self._streams.get(stream, (-1, None))
        latency_us = arrival_us - end_us
        latency = observe(known, latency_us, arrival_us)
        self._streams[stream] = (max(seq, last_seq), latency)
        self._streams.move_to_end(stream)
        if len(self._streams) > _STREAMS_KEPT:
            self._streams.popitem(last=False)
        return seq > last_seq and latency_us - latency.least_us <= STALE_AFTER_US
