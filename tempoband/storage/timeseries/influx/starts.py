"""When the newest and the oldest frames of sensors start."""

from collections.abc import Sequence

from tempoband.storage.timeseries.influx import schema
from tempoband.storage.timeseries.influx.flux import any_of, fields, points
from tempoband.storage.timeseries.influx.server import Server

_SENSOR_AND_TIME = ' |> keep(columns: ["sensor", "_time"]) |> group()'


def newest_starts(server: Server, bucket: str, sensors: Sequence[str]) -> dict[str, int]:
    """When the newest frame of each of these sensors starts, in microseconds, of those that have any."""
    where = any_of("sensor", sensors)
    rows = points(bucket, schema.FRAMES, schema.FIRST_FRAME_NS, schema.LAST_FRAME_NS, where=where)
    return _starts(server, f"{rows}{fields(['n'])} |> last(){_SENSOR_AND_TIME}")


def oldest_starts(server: Server, bucket: str, before_us: int) -> dict[str, int]:
    """When the oldest frame of each sensor starts, for those that have frames before a moment."""
    if before_us <= 0:
        return {}
    rows = points(bucket, schema.FRAMES, schema.FIRST_FRAME_NS, before_us * 1000)
    return _starts(server, f"{rows}{fields(['n'])} |> first(){_SENSOR_AND_TIME}")


def _starts(server: Server, flux: str) -> dict[str, int]:
    table = server.query(flux)
    return dict(zip(table.text("sensor"), (table.time_ns() // 1000).tolist(), strict=True))
