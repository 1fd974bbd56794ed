"""Reading a bucket: exact values from the frames, pictures from the server's own aggregation."""

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from tempoband.contracts.frame import Frame, decode_frame
from tempoband.contracts.ledger import Evicted, Mark
from tempoband.storage.timeseries.base import Change, Curve, Gap, StoredFrame, StreamInfo
from tempoband.storage.timeseries.curves import assemble, decimate
from tempoband.storage.timeseries.influx import decode, outline, schema
from tempoband.storage.timeseries.influx.bucket import Bucket
from tempoband.storage.timeseries.influx.decode import LEDGER_FIELDS, LedgerRows
from tempoband.storage.timeseries.influx.flux import (
    ROWS,
    TIMES_AND_VALUES,
    fields,
    points,
)
from tempoband.storage.timeseries.influx.ledger import given_up, stream_gaps, stream_info
from tempoband.storage.timeseries.influx.ledger_cache import LedgerCache
from tempoband.storage.timeseries.influx.server import Server

_EXACT_BELOW = 20_000  # samples: reading so many frames is as quick as letting the server aggregate
_WINDOWS_PER_POINT = 2  # each gives its least and its greatest sample: MinMaxLTTB's usual ratio of 4
_RETENTION_ASKED_S = 60.0
_FRAMES_PER_PAGE = 5000


class InfluxReader:
    """TimeSeriesReader over InfluxDB 2."""

    def __init__(self, server: Server, now_s: Callable[[], float] = time.time) -> None:
        self._server = server
        self._bucket = Bucket(server)
        self._now_s = now_s
        self._retention_s = server.retention_s()  # says at once what is wrong with the address or the token
        self._dropped_us = 0
        self._ask_again_s = float("-inf")
        self._ledgers = LedgerCache(self._ledger_rows, self.changes, self._bucket.last_cursor)

    def close(self) -> None:
        """Release the connections."""
        self._server.close()

    def read(self, sensor: str, start_us: int, end_us: int) -> Curve:
        """Every sample with start_us <= time < end_us, exactly as delivered.

        Raises:
            StorageError: the server refused or is away.
        """
        frames = self._frames(sensor, start_us, end_us)
        return assemble([f.time_us for f in frames], [f.tension_n for f in frames], start_us, end_us)

    def read_decimated(self, sensor: str, start_us: int, end_us: int, points: int) -> Curve:
        """About ``points`` samples that look like all of them; see curves.decimate.

        Long ranges are reduced by the server first; values are then rounded to a micronewton.

        Raises:
            StorageError: the server refused or is away.
        """
        if self._count(sensor, start_us, end_us) <= max(_EXACT_BELOW, 4 * points):
            curve = self.read(sensor, start_us, end_us)
        else:
            curve = self._extremes(sensor, start_us, end_us, points)
        if start_us < self._dropped_before_us():
            old = outline.curve_of(self._outline(sensor, start_us, end_us))
            curve = assemble([old.time_us, curve.time_us], [old.tension_n, curve.tension_n], start_us, end_us)
        return decimate(curve, points)

    def gaps(self, sensor: str, start_us: int, end_us: int) -> list[Gap]:
        """What is known to be missing in the range, by rising time.

        Raises:
            StorageError: the server refused or is away.
        """
        found = [Gap(n.start_us, n.end_us, "evicted", n.samples) for n in self._bucket.evictions(sensor)]
        for info, rows in self._ledger(sensor, start_us, end_us):
            found += stream_gaps(info, rows)
        touching = (gap for gap in found if gap.start_us < end_us and gap.end_us > start_us)
        return sorted(touching, key=lambda gap: (gap.start_us, gap.end_us))

    def streams(self, sensor: str, start_us: int, end_us: int) -> list[StreamInfo]:
        """The ledger of every stream that touches the range, by rising start.

        Raises:
            StorageError: the server refused or is away.
        """
        infos = [info for info, _ in self._ledger(sensor, start_us, end_us)]
        return infos + self._given_up(sensor, start_us, end_us)

    def frames(self, sensor: str, start_us: int, end_us: int) -> Iterator[StoredFrame]:
        """The stored frames that touch the range, by rising start; see TimeSeriesReader.

        Raises:
            StorageError: the server refused or is away.
        """
        # The server orders equal starts by when they arrived.
        for _, together in itertools.groupby(self._paged(sensor, start_us, end_us), lambda s: s.frame.t0_us):
            yield from sorted(together, key=lambda stored: (stored.frame.stream, stored.frame.seq))

    def _paged(self, sensor: str, start_us: int, end_us: int) -> Iterator[StoredFrame]:
        bridges: dict[str, str] = {}
        for payloads in self._payload_pages(sensor, self._bucket.first_start(sensor, start_us), end_us):
            stored = [(decode_frame(payload), payload) for payload in payloads]
            unknown = {frame.stream for frame, _ in stored} - bridges.keys()
            bridges |= {row.stream: row.bridge for row in self._bucket.stream_rows(unknown)}
            for frame, payload in stored:
                if frame.end_us >= start_us:
                    yield StoredFrame(sensor, bridges.get(frame.stream, ""), frame, payload)

    def sensors(self) -> list[str]:
        """Every sensor with data.

        Raises:
            StorageError: the server refused or is away.
        """
        rows = points(self._bucket.name, schema.FRAMES, schema.FIRST_FRAME_NS, schema.LAST_FRAME_NS)
        named = ' |> first() |> keep(columns: ["sensor"]) |> group()'
        table = self._server.query(rows + fields(["n"]) + named)
        return sorted(set(table.text("sensor")))

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        """Commits after a cursor, oldest first; a cursor is the time of the commit in microseconds.

        Raises:
            StorageError: the server refused or is away.
        """
        start_ns = max(after + 1, 0) * 1000
        if start_ns >= schema.LEDGER_DAY_NS:
            return []
        rows = points(self._bucket.name, schema.CHANGES, start_ns, schema.LEDGER_DAY_NS)
        table = self._server.query(f'{rows} |> limit(n: {limit}){ROWS} |> sort(columns: ["_time"])')
        return [
            Change(cursor, sensor, start_us, end_us)
            for cursor, sensor, start_us, end_us in zip(
                (table.time_ns() // 1000).tolist(),
                table.text("sensor"),
                table.whole("start_us").tolist(),
                table.whole("end_us").tolist(),
                strict=True,
            )
        ]

    def erased(self) -> list[tuple[str, int, int]]:
        """Every erased stretch as (sensor, start_us, end_us)."""
        return sorted((e.sensor, e.start_us, e.end_us) for e in self._bucket.erasures([]))

    def mark_of(self, filler: str) -> Mark | None:
        """How far a home had come when it was last told."""
        table = self._server.query(self._bucket.ledger_day(schema.MARKS, "true") + ROWS)
        return decode.marks(table).get(filler)

    def _frames(self, sensor: str, start_us: int, end_us: int) -> list[Frame]:
        first_us = self._bucket.first_start(sensor, start_us)
        frames = (decode_frame(payload) for payload in self._payloads(sensor, first_us, end_us))
        return sorted(frames, key=lambda frame: (frame.t0_us, frame.seq))

    def _payloads(self, sensor: str, start_us: int, end_us: int) -> list[bytes]:
        rows = self._bucket.rows(schema.FRAMES, sensor, start_us, end_us)
        if rows is None:
            return []
        return decode.payloads(self._server.query(rows + fields(["frame"]) + TIMES_AND_VALUES))

    def _payload_pages(self, sensor: str, start_us: int, end_us: int) -> Iterator[list[bytes]]:
        """The same in pages, for ranges that do not fit in memory."""
        start_ns = start_us * 1000
        while (rows := self._bucket.rows_ns(schema.FRAMES, sensor, start_ns, end_us * 1000)) is not None:
            page = f"{rows}{fields(['frame'])} |> limit(n: {_FRAMES_PER_PAGE}){TIMES_AND_VALUES}"
            table = self._server.query(page)
            yield decode.payloads(table)
            if len(table) < _FRAMES_PER_PAGE:
                return
            start_ns = int(table.time_ns().max()) + 1

    def _count(self, sensor: str, start_us: int, end_us: int) -> int:
        rows = self._bucket.rows(schema.FRAMES, sensor, start_us, end_us)
        if rows is None:
            return 0
        return int(self._server.query(f"{rows}{fields(['n'])} |> sum()").whole("_value").sum())

    def _extremes(self, sensor: str, start_us: int, end_us: int, wanted: int) -> Curve:
        """Least and greatest sample of every window, found by the server."""
        rows = self._bucket.rows(schema.TENSION, sensor, start_us, end_us)
        every_us = max(1, (end_us - start_us) // (_WINDOWS_PER_POINT * wanted))
        windows = f"{rows} |> window(every: {every_us}us)"
        # Two queries: the storage engine aggregates by itself only what feeds a single selector.
        tables = [
            self._server.query(f"{windows} |> {pick}(){TIMES_AND_VALUES} |> group()")
            for pick in ("min", "max")
        ]
        time_us = np.concatenate([table.time_ns() // 1000 for table in tables])
        tension_n = np.concatenate([table.real("_value") for table in tables])
        return assemble([time_us], [tension_n], start_us, end_us)

    def _ledger(self, sensor: str, start_us: int, end_us: int) -> list[tuple[StreamInfo, LedgerRows]]:
        self._ledgers.refresh()
        evictions = self._evictions_by_stream(sensor)
        erasures, since_us = self._bucket.erasures([sensor]), self.kept_since_us()
        known = self._bucket.stream_rows(self._touching(sensor, start_us, end_us))
        infos = [
            (stream_info(row, rows, evictions[row.stream], erasures, since_us), rows)
            for row in known
            if (rows := self._ledgers.rows(row)) is not None
        ]
        return sorted(infos, key=lambda pair: pair[0].start_us)

    def kept_since_us(self) -> int:
        """Retention, the bucket's own or ours, has dropped what is older."""
        of_bucket = 0 if self._retention_s is None else int((self._now_s() - self._retention_s) * 1e6)
        return max(of_bucket, self._dropped_before_us())

    def _forget_retention(self) -> None:
        """It has just got further: ask at the next look."""
        self._ask_again_s = float("-inf")

    def _dropped_before_us(self) -> int:
        """How far our own retention has got; asked for now and then, as another process may do it."""
        if self._now_s() >= self._ask_again_s:
            self._ask_again_s = self._now_s() + _RETENTION_ASKED_S
            rows = self._bucket.ledger_day(schema.RETENTION, "true")
            found = self._server.query(rows + fields(["kept_since_us"]) + TIMES_AND_VALUES).whole("_value")
            dropped_us = int(found[0]) if len(found) else 0
            if dropped_us != self._dropped_us:
                self._ledgers.clear()
            self._dropped_us = dropped_us
        return self._dropped_us

    def _outline(self, sensor: str, start_us: int, end_us: int) -> outline.Columns:
        """Rows of the outline of whole seconds in a range."""
        rows = self._bucket.rows(outline.OUTLINE, sensor, start_us, end_us)
        table = self._server.query(rows + fields(outline.FIELDS) + ROWS) if rows else None
        return outline.columns_of(table) if table is not None and len(table) else outline.NOTHING

    def _touching(self, sensor: str, start_us: int, end_us: int) -> Sequence[str]:
        """Streams with frames that reach into a range."""
        rows = self._bucket.rows(schema.FRAMES, sensor, self._bucket.first_start(sensor, start_us), end_us)
        if rows is None:
            return []
        return self._server.query(rows + fields(["stream"]) + " |> distinct()").text("_value")

    def _given_up(self, sensor: str, start_us: int, end_us: int) -> list[StreamInfo]:
        """Streams of which no frame ever came: they count where their notes say they were."""
        evictions = self._evictions_by_stream(sensor)
        rows = [row for row in self._bucket.stream_rows(evictions) if row.from_us is None]
        infos = [given_up(row, evictions[row.stream]) for row in rows]
        return [info for info in infos if info.end_us >= start_us and info.start_us < end_us]

    def _evictions_by_stream(self, sensor: str) -> dict[str, list[Evicted]]:
        evictions: dict[str, list[Evicted]] = defaultdict(list)
        for note in self._bucket.evictions(sensor):
            evictions[note.stream].append(note)
        return evictions

    def _ledger_rows(self, sensor: str, start_us: int, end_us: int) -> dict[str, LedgerRows]:
        """Ledger rows of the frames that touch a range, by stream."""
        rows = self._bucket.rows(schema.FRAMES, sensor, self._bucket.first_start(sensor, start_us), end_us)
        return decode.ledgers(self._server.query(rows + fields(LEDGER_FIELDS) + ROWS)) if rows else {}
