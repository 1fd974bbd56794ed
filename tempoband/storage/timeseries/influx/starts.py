"""When the newest and the oldest frames of sensors start."""

from collections.abc import Sequence

from tempoband.storage.timeseries.influx import schema
from tempoband.storage.timeseries.influx.bucket import Bucket
from tempoband.storage.timeseries.influx.flux import any_of, fields, points

_SENSOR_AND_TIME = ' |> keep(columns: ["sensor", "_time"]) |> group()'


def newest_starts(bucket: Bucket, sensors: Sequence[str]) -> dict[str, int]:
    """When the newest frame of each of these sensors starts, in microseconds, of those that have any."""
    where = any_of("sensor", sensors)
    rows = points(bucket.name, schema.FRAMES, schema.FIRST_FRAME_NS, schema.LAST_FRAME_NS, where=where)
    return _starts(bucket, f"{rows}{fields(['n'])} |> last(){_SENSOR_AND_TIME}")


def oldest_starts(bucket: Bucket, before_us: int) -> dict[str, int]:
    """When the oldest frame of each sensor starts, for those that have frames before a moment."""
    if before_us <= 0:
        return {}
    rows = points(bucket.name, schema.FRAMES, schema.FIRST_FRAME_NS, before_us * 1000)
    return _starts(bucket, f"{rows}{fields(['n'])} |> first(){_SENSOR_AND_TIME}")


def _starts(bucket: Bucket, flux: str) -> dict[str, int]:
    table = bucket.server.query(flux)
    return dict(zip(table.text("sensor"), (table.time_ns() // 1000).tolist(), strict=True))
