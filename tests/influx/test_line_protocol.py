import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point, WritePrecision

from tempoband.storage.timeseries.influx.line_protocol import line, sample_prefix, samples
from tests.influx.lines import parse

TIMES_US = st.integers(1, 4_102_444_800_000_000)
NEWTONS = st.floats(-9e11, 9e11) | st.floats(-500, 500) | st.integers(-(10**6), 10**6).map(lambda n: n / 1000)
# No line feeds (the protocol has no way to write them in names) and no backslash where it would escape.
NAMES = st.text(st.characters(codec="utf-8", exclude_characters='\\\n\r\0"'), min_size=1, max_size=20)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
VALUES = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)


@given(st.lists(st.tuples(TIMES_US, NEWTONS), max_size=40), NAMES)
def test_samples_are_read_back(pairs, sensor):
    time_us, value = np.array([t for t, _ in pairs], np.int64), np.array([n for _, n in pairs], np.float64)
    points = parse(samples(sample_prefix("tension", sensor, "newtons"), time_us, value).decode())
    assert [point.time_ns for point in points] == [t * 1000 for t, _ in pairs]
    for point, (_, newtons) in zip(points, pairs, strict=True):
        assert (point.measurement, point.tags) == ("tension", {"sensor": sensor})
        assert point.fields["newtons"] == pytest.approx(newtons, abs=5.1e-7, rel=1e-15)


def test_samples_in_more_than_one_block_keep_their_order():
    time_us = np.arange(1, 10_001) * 12_345
    value = np.arange(10_000) / 1000 - 3
    points = parse(samples(b"tension,sensor=a newtons=", time_us, value).decode())
    assert [point.time_ns for point in points] == (time_us * 1000).tolist()
    assert [point.fields["newtons"] for point in points] == np.round(value, 6).tolist()


def test_decimals_are_written_out():
    time_us = np.array([1, 23, 1_790_000_000_000_123])
    value = np.array([-0.0000004, -12.3456789, 1e9 + 0.5])
    assert samples(b"p n=", time_us, value).splitlines() == [
        b"p n=0.000000 1000",
        b"p n=-12.345679 23000",
        b"p n=1000000000.500000 1790000000000123000",
    ]


def test_what_cannot_be_written_is_left_out():
    time_us = np.arange(1, 7)
    value = np.array([1.0, math.nan, math.inf, -math.inf, 1e280, 2.0])
    points = parse(samples(b"t n=", time_us, value).decode())
    assert [point.time_ns for point in points] == [1000, 6000]
    assert samples(b"t n=", time_us[1:2], value[1:2]) == b""
    assert samples(b"t n=", time_us[:0], value[:0]) == b""


@given(
    NAMES, st.dictionaries(NAMES, NAMES, max_size=3), st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)
)
def test_rows_are_read_back(measurement, tags, fields):
    (point,) = parse(line(measurement, tags, fields, 1_790_000_000_000_000_123).decode())
    assert (point.measurement, point.tags, point.fields) == (measurement, tags, fields)
    assert [type(value) for value in point.fields.values()] == [type(value) for value in fields.values()]
    assert point.time_ns == 1_790_000_000_000_000_123


@pytest.mark.parametrize(
    ("tags", "fields"),
    [
        ({}, {}),
        ({}, {"n": 2**63}),
        ({}, {"n": math.nan}),
        ({}, {"n": math.inf}),
        ({"sensor": ""}, {"n": 1}),
        ({"sensor": "a\nb"}, {"n": 1}),
        ({"sensor": "a\\"}, {"n": 1}),
    ],
)
def test_rows_that_cannot_be_written_are_refused(tags, fields):
    with pytest.raises(ValueError, match=r"."):
        line("m", tags, fields, 1)


@given(TIMES_US, st.floats(-500, 500), st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True))
def test_it_says_what_the_client_library_says(time_us, newtons, sensor):
    rounded = round(newtons, 6)
    theirs = (
        Point("tension")
        .tag("sensor", sensor)
        .field("newtons", rounded)
        .time(time_us * 1000, WritePrecision.NS)
    )
    ours = samples(sample_prefix("tension", sensor, "newtons"), np.array([time_us]), np.array([rounded]))
    assert parse(ours.decode()) == parse(theirs.to_line_protocol() + "\n")
