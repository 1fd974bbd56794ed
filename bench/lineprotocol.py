"""Line protocol for InfluxDB: the digit matrix against the client library's own ``Point``."""

from collections.abc import Iterator

import numpy as np
from influxdb_client import Point, WritePrecision

from bench.table import Row, cpu_seconds
from tempoband.storage.timeseries.influx.line_protocol import sample_prefix, samples

SAMPLES = 50_000
START_US = 1_790_000_000_000_000
GOAL = 8.0


def rows() -> Iterator[Row]:
    random = np.random.default_rng(7)
    time_us = START_US + np.cumsum(random.integers(12_000, 13_000, SAMPLES))
    tension_n = random.normal(80, 40, SAMPLES)
    prefix = sample_prefix("tension", "S1", "newtons")
    ours = SAMPLES / cpu_seconds(lambda: samples(prefix, time_us, tension_n))
    theirs = SAMPLES / cpu_seconds(lambda: with_points(time_us.tolist(), tension_n.tolist()))
    yield Row(
        name="line protocol",
        value=ours,
        unit="samples/s of CPU",
        goal=f">= {GOAL:.0f} x",
        met=ours >= GOAL * theirs,
        baseline="influxdb_client.Point",
        baseline_value=theirs,
    )


def with_points(time_us: list[int], tension_n: list[float]) -> bytes:
    return "\n".join(
        Point("tension").tag("sensor", "S1").field("newtons", n).time(t, WritePrecision.US).to_line_protocol()
        for t, n in zip(time_us, tension_n, strict=True)
    ).encode()
