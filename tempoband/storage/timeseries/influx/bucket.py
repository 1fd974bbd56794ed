"""A bucket's tables: which points a question is about, and the ledger rows that answer it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tempoband.contracts.frame import MAX_FRAME_SPAN_US
from tempoband.contracts.ledger import Evicted
from tempoband.storage.timeseries.influx import decode, schema
from tempoband.storage.timeseries.influx.flux import (
    ROWS,
    TIMES_AND_VALUES,
    any_of,
    batched,
    fields,
    literal,
    points,
)
from tempoband.storage.timeseries.influx.schema import Erasure, StreamRow
from tempoband.storage.timeseries.influx.server import Server

STREAMS_PER_QUERY = 50


@dataclass(frozen=True, slots=True)
class Bucket:
    """Everything is asked of the server anew: another process may have written."""

    server: Server

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self.server.address.bucket

    def rows(self, measurement: str, sensor: str, start_us: int, end_us: int) -> str | None:
        """Query of the points of a sensor in a range; None when the range is empty."""
        return self.rows_ns(measurement, sensor, start_us * 1000, end_us * 1000)

    def rows_ns(self, measurement: str, sensor: str, start_ns: int, stop_ns: int) -> str | None:
        """The same in nanoseconds."""
        start_ns, stop_ns = max(start_ns, schema.FIRST_FRAME_NS), min(stop_ns, schema.LAST_FRAME_NS)
        if start_ns >= stop_ns:
            return None
        where = f"r.sensor == {literal(sensor)}"
        return points(self.name, measurement, start_ns, stop_ns, where=where)

    def ledger_day(self, measurement: str, where: str) -> str:
        """Query of the rows of a ledger table that fulfil a condition."""
        return points(self.name, measurement, schema.LEDGER_DAY_NS, schema.LEDGER_DAY_END_NS, where=where)

    def first_start(self, sensor: str, start_us: int) -> int:
        """Where the earliest frame that reaches to ``start_us`` starts; start_us when none does."""
        rows = self.rows(schema.FRAMES, sensor, start_us - MAX_FRAME_SPAN_US, start_us)
        if rows is None:
            return start_us
        reaching = f"int(v: r._time) + r._value * 1000 >= {start_us * 1000}"
        earliest = f" |> filter(fn: (r) => {reaching}) |> limit(n: 1)"
        found = self.server.query(rows + fields(["span_us"]) + earliest + TIMES_AND_VALUES).time_ns()
        return int(found[0]) // 1000 if len(found) else start_us

    def stream_rows(self, streams: Iterable[str]) -> list[StreamRow]:
        """What is known of these streams."""
        found: list[StreamRow] = []
        for some in batched(sorted(set(streams)), STREAMS_PER_QUERY):
            parts = any_of("part", sorted({schema.part_of(stream) for stream in some}))
            rows = self.ledger_day(schema.STREAMS, parts)
            table = self.server.query(f"{rows}{ROWS} |> filter(fn: (r) => {any_of('stream', some)})")
            found += decode.stream_rows(table)
        return found

    def evictions(self, sensor: str) -> list[Evicted]:
        """What bridges of this sensor gave up, with what it held."""
        return decode.evictions(
            self.server.query(self.ledger_day(schema.EVICTIONS, any_of("sensor", [sensor])) + ROWS)
        )

    def erasures(self, sensors: Sequence[str]) -> list[Erasure]:
        """The tombstones of these sensors, or of all."""
        which = any_of("sensor", sensors) if sensors else "true"
        return decode.erasures(self.server.query(self.ledger_day(schema.ERASURES, which) + ROWS))

    def last_cursor(self) -> int:
        """The cursor of the newest commit; 0 before the first."""
        rows = points(self.name, schema.CHANGES, 0, schema.LEDGER_DAY_NS)
        last = self.server.query(f"{rows}{fields(['sensor'])} |> last(){TIMES_AND_VALUES}").time_ns()
        return int(last[0]) // 1000 if len(last) else 0
