"""What the writer remembers of the streams it writes: identities, so that the first write wins."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tempoband.contracts.frame import Frame
from tempoband.storage.timeseries.base import StoredFrame
from tempoband.storage.timeseries.influx.schema import HOUR_US, StreamRow

_MOST_FRAMES = 200_000  # about 30 MB; streams used least recently are then asked for again


@dataclass
class StreamState:
    """One stream: its row and the digest of every frame that is committed.

    Attributes:
        row: None while the server knows nothing of the stream.
        digests: of the bytes as delivered, by seq.
        from_server: it was read, not written, by this process: whoever wrote it may have died before
            announcing the commit.
        newest: seq and end of the newest frame written.
    """

    row: StreamRow | None = None
    digests: dict[int, bytes] = field(default_factory=dict)
    from_server: bool = False
    newest: tuple[int, int] = (-1, -1)


class StreamBook:
    """The streams in use, loaded on first use; the least recently used are given up."""

    def __init__(self, load: Callable[[list[str]], dict[str, StreamState]]) -> None:
        self._load = load
        self._states: OrderedDict[str, StreamState] = OrderedDict()

    def of(self, streams: Iterable[str]) -> dict[str, StreamState]:
        """The state of each stream; asks the server for those it does not know."""
        wanted = set(streams)
        unknown = sorted(wanted - self._states.keys())
        if unknown:
            self._states |= self._load(unknown)
        for stream in wanted:
            self._states.move_to_end(stream)
        return {stream: self._states[stream] for stream in wanted}

    def forget(self, streams: Iterable[str]) -> None:
        """After a failure nobody knows what was kept: ask again."""
        for stream in streams:
            self._states.pop(stream, None)

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()

    def trim(self) -> None:
        """Give up the least recently used beyond the bound, but never the last one."""
        size = sum(len(state.digests) for state in self._states.values())
        while size > _MOST_FRAMES and len(self._states) > 1:
            _, given_up = self._states.popitem(last=False)
            size -= len(given_up.digests)


def covering(row: StreamRow | None, stored: StoredFrame) -> StreamRow:
    """The row with bounds that hold this frame; the same object when they did already."""
    frame = stored.frame
    if row is None or row.from_us is None or row.until_us is None:
        return _with_bounds(row or StreamRow(frame.stream, stored.sensor, stored.bridge), frame)
    if row.from_us <= frame.t0_us and frame.end_us < row.until_us:
        return row
    return replace(
        row,
        from_us=min(row.from_us, _hour(frame.t0_us)),
        until_us=max(row.until_us, _next_hour(frame.end_us)),
    )


def _with_bounds(row: StreamRow, frame: Frame) -> StreamRow:
    return replace(
        row,
        clock=frame.clock,
        loss=frame.loss,
        rate_hz=frame.rate_hz,
        from_us=_hour(frame.t0_us),
        until_us=_next_hour(frame.end_us),
    )


def _hour(time_us: int) -> int:
    return time_us // HOUR_US * HOUR_US


def _next_hour(time_us: int) -> int:
    """The end of the hour after this one: a stream's row is then seldom written."""
    return _hour(time_us) + 2 * HOUR_US
