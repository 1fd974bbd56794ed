"""Keeps old samples off live pages, although the clocks of two machines differ."""

from collections import OrderedDict

STALE_US = 2_000_000
_STREAMS_KEPT = 1024


class Freshness:
    """Judges each frame against the least latency seen on its own stream.

    Arrival may come from any steady clock: only differences within a stream count.
    """

    def __init__(self) -> None:
        self._least_us: OrderedDict[str, int] = OrderedDict()

    def is_fresh(self, stream: str, end_us: int, arrival_us: int) -> bool:
        """Whether a frame that ends at ``end_us`` and arrived at ``arrival_us`` may be shown as live."""
        latency_us = arrival_us - end_us
        least_us = min(latency_us, self._least_us.get(stream, latency_us))
        self._least_us[stream] = least_us
        self._least_us.move_to_end(stream)
        if len(self._least_us) > _STREAMS_KEPT:
            self._least_us.popitem(last=False)
        return latency_us - least_us <= STALE_US
