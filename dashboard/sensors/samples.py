"""Raw samples as CSV, streamed: a day of data passes through in constant memory."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.timeseries.base import Curve, TimeSeriesReader

HEADER = "time_s,tension_n"
_STEP_US = 60 * MICROSECONDS_PER_SECOND


def csv_lines(
    store: TimeSeriesReader, sensor: str, start_us: int, end_us: int, *, simulated: bool = False
) -> Iterator[str]:
    """Blocks of CSV for start_us <= t < end_us; ``time_s`` counts from ``start_us``.

    Samples of a virtual sensor have a third column, ``simulated``: no row can be taken for a measurement.
    """
    yield f"{HEADER},simulated\n" if simulated else f"{HEADER}\n"
    for from_us, to_us in _stretches(store, sensor, start_us, end_us):
        for at_us in range(from_us, to_us, _STEP_US):
            curve = store.read(sensor, at_us, min(at_us + _STEP_US, to_us))
            if len(curve):
                yield _rows(curve, start_us, ",true" if simulated else "")


def file_name(sensor: str, start_us: int, *, simulated: bool = False) -> str:
    """A name that says which sensor, whether it is a virtual one, and when ``time_s`` is 0."""
    start = datetime.fromtimestamp(start_us / MICROSECONDS_PER_SECOND, UTC)
    mark = "SIMULATED-" if simulated else ""
    return f"{mark}{sensor.replace(':', '-')}-{start:%Y-%m-%dT%H-%M-%SZ}.csv"


def _stretches(store: TimeSeriesReader, sensor: str, start_us: int, end_us: int) -> Iterator[tuple[int, int]]:
    """Where there are samples: a wide range must not cost a query for each empty minute."""
    done_us = start_us
    for stream in sorted(store.streams(sensor, start_us, end_us), key=lambda each: each.start_us):
        from_us, to_us = max(stream.start_us, done_us), min(stream.end_us + 1, end_us)
        if from_us < to_us:
            yield from_us, to_us
            done_us = to_us


def _rows(curve: Curve, zero_us: int, mark: str) -> str:
    time_s = (curve.time_us - zero_us) / MICROSECONDS_PER_SECOND
    pairs = zip(time_s.tolist(), curve.tension_n.tolist(), strict=True)
    return "".join(f"{t:.6f},{n!r}{mark}\n" for t, n in pairs)
