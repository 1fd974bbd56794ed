"""The writing side. One process writes to a bucket."""

import base64
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from tempoband.contracts.frame import MAX_FRAME_SPAN_US
from tempoband.contracts.ledger import Evicted, LedgerNote, Mark, StreamEnded
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.base import StoredFrame, WriteResult
from tempoband.storage.timeseries.influx import outline, schema
from tempoband.storage.timeseries.influx.batch import Batch
from tempoband.storage.timeseries.influx.bucket import STREAMS_PER_QUERY
from tempoband.storage.timeseries.influx.erase import FrameRow, erased
from tempoband.storage.timeseries.influx.flux import ROWS, any_of, batched, fields, literal, points
from tempoband.storage.timeseries.influx.keys import Taken, TakenTimes
from tempoband.storage.timeseries.influx.reader import InfluxReader
from tempoband.storage.timeseries.influx.schema import Erasure, StreamRow
from tempoband.storage.timeseries.influx.server import Server
from tempoband.storage.timeseries.influx.starts import newest_starts, oldest_starts
from tempoband.storage.timeseries.influx.streams import StreamBook, StreamState

_RETENTION_MARGIN_US = 60_000_000  # the server's clock may be a little ahead of ours
_RETAIN_STEP_US = 24 * schema.HOUR_US


class InfluxStore(InfluxReader):
    """TimeSeriesStore over InfluxDB 2.

    InfluxDB has no transactions. A write goes in steps that each end on disk: samples, then the frames' rows,
    then the announcement. A frame counts as committed with its row; a crash before it leaves points that
    re-sending replaces by the same points, a crash after it leaves a commit that re-sending announces.
    """

    def __init__(
        self, server: Server, *, writable: bool = True, now_s: Callable[[], float] = time.time
    ) -> None:
        super().__init__(server, now_s)
        self._writable = writable
        self._lock = threading.Lock()
        self._book = StreamBook(self._load)
        self._times = TakenTimes(lambda sensors: newest_starts(self._bucket, sensors), self._taken)
        self._cursor = 0
        self._heeded: set[tuple[str, int, int]] = set()  # erasures that no batch of ours can overlap
        if writable:
            self._cursor = self._bucket.last_cursor()
            self._finish_erasures()

    def write(self, frames: Sequence[StoredFrame]) -> WriteResult:
        """Commit a batch; on disk on return, idempotent.

        Frames older than the bucket's retention are refused as ERASED: the server would drop them.

        Raises:
            StorageError: not all of the batch was kept; writing it again is harmless and completes it.
        """
        with self._writing():
            streams = {stored.frame.stream for stored in frames}
            try:
                return self._commit(frames, streams)
            except StorageError:
                self._book.forget(streams)
                raise

    def write_notes(self, notes: Iterable[tuple[str, str, LedgerNote]]) -> None:
        """Commit ledger notes given as (bridge, sensor, note); on disk on return, idempotent.

        A note about a stream that belongs to another is ignored.

        Raises:
            StorageError: not all of it was kept; writing it again is harmless.
        """
        with self._writing():
            given = list(notes)
            states = self._book.of({note.stream for _, _, note in given})
            lines: list[bytes] = []
            evicted: dict[str, tuple[int, int]] = {}
            for bridge, sensor, note in given:
                row = states[note.stream].row or StreamRow(note.stream, sensor, bridge)
                if (row.sensor, row.bridge) != (sensor, bridge):
                    continue
                if isinstance(note, StreamEnded):
                    lines.append(StreamRow(row.stream, row.sensor, row.bridge, last_seq=note.last_seq).line())
                else:
                    lines += [row.line(), schema.eviction_line(bridge, sensor, note)]
                    evicted[sensor] = _spanning(evicted.get(sensor), note)
            self._server.write(lines)
            self._announce(evicted)
            self._book.forget(states)

    def mark(self, filler: str, mark: Mark) -> None:
        """See TimeSeriesStore."""
        with self._writing():
            self._server.write([schema.mark_line(filler, mark)])

    def erase(self, sensor: str, start_us: int, end_us: int) -> int:
        """Erase start_us <= time < end_us for good; returns the samples erased.

        The tombstone is written first and refuses redelivery from then on; an erasure that was interrupted is
        finished when the store is opened again. The server frees the disk space at its next compaction.

        Raises:
            StorageError: not all is gone; erasing again completes it.
        """
        stretch = Erasure(sensor, start_us, end_us, samples=0, frames={}, done=False)
        with self._writing():
            self._book.clear()
            known = self._bucket.erasures([sensor])
            before = [each for each in known if (each.start_us, each.end_us) == (start_us, end_us)]
            rows = list(self._erasable(stretch))
            taken = self._taken([sensor], end_us, end_us + MAX_FRAME_SPAN_US)
            result = erased(stretch, rows, taken, before)
            self._server.write([result.erasure.line()])
            self._server.write(result.remainders)
            for measurement in (schema.FRAMES, schema.TENSION):
                self._delete(measurement, stretch)
            whole_us = start_us - start_us % outline.SECOND_US  # every second that the stretch touches
            self._delete(outline.OUTLINE, replace(stretch, start_us=whole_us))
            self._announce({sensor: (start_us, end_us - 1)} if result.samples else {})
            self._server.write([replace(result.erasure, done=True).line()])
            self._heeded.add((sensor, start_us, end_us))
            return result.samples

    def retain(self, oldest_us: int) -> int:
        """See Retaining: at most a day of one sensor a call; what comes late from before is refused.

        Raises:
            StorageError: not all of the step was done; the next one completes it.
        """
        oldest_us -= oldest_us % outline.SECOND_US
        with self._writing():
            if oldest_us > self._dropped_before_us():
                self._server.write([schema.retention_line(oldest_us)])
                self._forget_retention()
            for sensor, start_us in oldest_starts(self._bucket, oldest_us).items():
                dropped = self._drop(sensor, start_us, min(oldest_us, start_us + _RETAIN_STEP_US))
                if dropped:
                    return dropped
            return 0

    def drop_outline(self, oldest_us: int) -> None:
        """See Retaining."""
        with self._writing():
            if oldest_us > 0:
                predicate = f'_measurement="{outline.OUTLINE}"'
                self._server.delete(schema.FIRST_FRAME_NS, oldest_us * 1000 - 1, predicate)

    def maintain(self, now_us: int) -> bool:
        """See Maintained: repeat what another process erased while a batch of ours was under way."""
        del now_us
        if not self._writable:
            return False
        for erasure in self._bucket.erasures([]):
            span = (erasure.sensor, erasure.start_us, erasure.end_us)
            if span not in self._heeded:
                self.erase(*span)
                return True
        return False

    def _drop(self, sensor: str, start_us: int, end_us: int) -> int:
        """Replace samples by their outline, but for frames that reach beyond the end: they wait."""
        stop_us = self._bucket.first_start(sensor, end_us)
        curve = self.read(sensor, start_us, stop_us)
        if not len(curve):
            return 0
        fresh = outline.outline_of(curve)
        known = self._outline(sensor, int(fresh[0][0]), int(fresh[0][0]) + 1)
        self._server.write(list(outline.lines(sensor, outline.joined(known, fresh))))
        stretch = Erasure(sensor, start_us, stop_us, samples=0, frames={}, done=True)
        for measurement in (schema.FRAMES, schema.TENSION):
            self._delete(measurement, stretch)
        self._ledgers.clear()
        return len(curve)

    def _finish_erasures(self) -> None:
        for erasure in self._bucket.erasures([]):
            self._heeded.add((erasure.sensor, erasure.start_us, erasure.end_us))
            if not erasure.done:
                self.erase(erasure.sensor, erasure.start_us, erasure.end_us)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if not self._writable:
            raise StorageError(StorageReason.DENIED, "this store is open for reading only")
        with self._lock:
            yield

    def _commit(self, frames: Sequence[StoredFrame], streams: set[str]) -> WriteResult:
        if not frames:
            return WriteResult(())
        states = self._book.of(streams)
        taken = self._times.among(frames)
        batch = Batch(states, self._erasures_of(frames), self._refused_before_us(), taken)
        outcomes = tuple(batch.add(stored) for stored in frames)
        if batch.accepted:
            self._times.remember(item.stored for item in batch.accepted)
            self._server.write(batch.sample_lines())
            self._server.write(batch.frame_lines())
        self._announce(batch.announced)
        batch.remember()
        self._book.trim()
        return WriteResult(outcomes)

    def _announce(self, changed: dict[str, tuple[int, int]]) -> None:
        """Number the commit, sensor by sensor; last of all, so that who reads of it finds it."""
        lines = []
        for sensor, (start_us, end_us) in changed.items():
            self._cursor = max(self._cursor + 1, int(self._now_s() * 1e6))
            lines.append(schema.change_line(self._cursor, sensor, start_us, end_us))
        self._server.write(lines)

    def _erasures_of(self, frames: Sequence[StoredFrame]) -> dict[str, list[Erasure]]:
        """Asked for every batch: another process may erase."""
        found: dict[str, list[Erasure]] = defaultdict(list)
        for erasure in self._bucket.erasures(sorted({stored.sensor for stored in frames})):
            found[erasure.sensor].append(erasure)
        return found

    def _refused_before_us(self) -> int:
        oldest_us = self.kept_since_us()
        return oldest_us + _RETENTION_MARGIN_US if oldest_us else 0

    def _load(self, streams: list[str]) -> dict[str, StreamState]:
        states = {stream: StreamState() for stream in streams}
        together: dict[tuple[int, int], list[StreamRow]] = defaultdict(list)
        for row in self._bucket.stream_rows(streams):
            states[row.stream] = StreamState(row, from_server=True)
            if row.from_us is not None and row.until_us is not None:
                together[row.from_us, row.until_us].append(row)
        for (from_us, until_us), rows in together.items():
            for some in batched(rows, STREAMS_PER_QUERY):
                self._load_digests(states, some, from_us, until_us)
        return states

    def _load_digests(
        self, states: dict[str, StreamState], rows: Sequence[StreamRow], from_us: int, until_us: int
    ) -> None:
        frames = points(
            self._bucket.name,
            schema.FRAMES,
            from_us * 1000,
            until_us * 1000,
            where=any_of("sensor", sorted({row.sensor for row in rows})),
        )
        ours = f" |> filter(fn: (r) => {any_of('stream', [row.stream for row in rows])})"
        table = self._server.query(frames + fields(["stream", "seq", "digest"]) + ROWS + ours)
        for stream, seq, digest in zip(
            table.text("stream"), table.whole("seq").tolist(), table.text("digest"), strict=True
        ):
            states[stream].digests[seq] = bytes.fromhex(digest)

    def _erasable(self, stretch: Erasure) -> Iterator[FrameRow]:
        """Every frame that touches a stretch."""
        first_us = self._bucket.first_start(stretch.sensor, stretch.start_us)
        rows = self._bucket.rows(schema.FRAMES, stretch.sensor, first_us, stretch.end_us)
        if rows is None:
            return
        table = self._server.query(rows + fields(["digest", "frame"]) + ROWS)
        for time_ns, digest, text in zip(
            table.time_ns().tolist(), table.text("digest"), table.text("frame"), strict=True
        ):
            yield FrameRow(time_ns, bytes.fromhex(digest), base64.b64decode(text))

    def _taken(self, sensors: Sequence[str], start_us: int, end_us: int) -> Taken:
        """Times of the rows of these sensors with start_us <= time < end_us."""
        start_ns = max(start_us * 1000, schema.FIRST_FRAME_NS)
        stop_ns = min(end_us * 1000, schema.LAST_FRAME_NS)
        if start_ns >= stop_ns:
            return {}
        rows = points(self._bucket.name, schema.FRAMES, start_ns, stop_ns, where=any_of("sensor", sensors))
        wanted = fields(["digest"]) + ' |> keep(columns: ["sensor", "_time", "_value"]) |> group()'
        table = self._server.query(rows + wanted)
        keys = zip(table.text("sensor"), table.time_ns().tolist(), strict=True)
        return dict(zip(keys, map(bytes.fromhex, table.text("_value")), strict=True))

    def _delete(self, measurement: str, stretch: Erasure) -> None:
        start_ns = max(stretch.start_us * 1000, schema.FIRST_FRAME_NS)
        stop_ns = min(stretch.end_us * 1000 - 1, schema.LAST_FRAME_NS)  # the server includes both ends
        if start_ns <= stop_ns:
            predicate = f'_measurement="{measurement}" AND sensor={literal(stretch.sensor)}'
            self._server.delete(start_ns, stop_ns, predicate)


def _spanning(known: tuple[int, int] | None, note: Evicted) -> tuple[int, int]:
    start_us, end_us = known or (note.start_us, note.end_us)
    return min(start_us, note.start_us), max(end_us, note.end_us)
