"""The times of frame rows, which must differ within a sensor."""

from collections.abc import Callable, Iterable, Sequence

from tempoband.storage.timeseries.base import StoredFrame

SLOTS = 1000  # nanoseconds in a microsecond

Taken = dict[tuple[str, int], bytes]
"""Digest of the frame at each (sensor, time of its row in nanoseconds)."""


def usual_slot(stream: str, seq: int) -> int:
    """Different for neighbours in a stream and mostly for streams: then the first choice is free."""
    return (int(stream[:8], 16) + seq) % SLOTS


def free_time(sensor: str, t0_us: int, slot: int, digest: bytes, taken: Taken) -> int | None:
    """Time for the row of a frame that starts at ``t0_us``, its own included; None when all are taken."""
    for step in range(SLOTS):
        time_ns = t0_us * 1000 + (slot + step) % SLOTS
        if taken.get((sensor, time_ns), digest) == digest:
            return time_ns
    return None


class TakenTimes:
    """Asks the server for taken times, but only where there can be any.

    Live frames start after everything that is stored of their sensor; only what is replayed needs a look.
    """

    def __init__(
        self,
        newest: Callable[[Sequence[str]], dict[str, int]],
        taken: Callable[[Sequence[str], int, int], Taken],
    ) -> None:
        self._newest = newest
        self._taken = taken
        self._newest_us: dict[str, int] = {}

    def among(self, frames: Iterable[StoredFrame]) -> Taken:
        """Taken times that rows of these frames could meet, whole or cut."""
        given = list(frames)
        unknown = sorted({stored.sensor for stored in given} - self._newest_us.keys())
        if unknown:
            self._newest_us |= dict.fromkeys(unknown, -1) | self._newest(unknown)
        late = [stored for stored in given if stored.frame.t0_us <= self._newest_us[stored.sensor]]
        if not late:
            return {}
        start_us = min(stored.frame.t0_us for stored in late)
        end_us = max(stored.frame.end_us for stored in late)
        return self._taken(sorted({stored.sensor for stored in late}), start_us, end_us + 1)

    def remember(self, frames: Iterable[StoredFrame]) -> None:
        """These may be stored now."""
        for stored in frames:
            newest_us = self._newest_us.get(stored.sensor, -1)
            self._newest_us[stored.sensor] = max(newest_us, stored.frame.end_us)
