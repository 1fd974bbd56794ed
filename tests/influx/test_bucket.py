"""What stands in the bucket of a real InfluxDB 2, and how it is read again."""

import time

import numpy as np
import pytest

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.ledger import StreamEnded
from tempoband.storage.timeseries.influx import InfluxAddress, InfluxStore, open_influx
from tempoband.storage.timeseries.influx.schema import HOUR_US
from tempoband.storage.timeseries.influx.server import Server
from tests.influx.conftest import IMPATIENT
from tests.stores.contract import (
    BRIDGE,
    FOREVER,
    FRAME_US,
    PER_FRAME,
    STEP,
    T0,
    expected,
    make,
    new_stream,
    read,
    steady,
    write,
)


def test_the_number_of_series_does_not_grow_with_streams(store, bucket, sensor):
    def series(measurement: str) -> int:
        flux = f"""import "influxdata/influxdb"
            influxdb.cardinality(bucket: "{bucket}", start: 1970-01-01T00:00:00Z, stop: 2262-01-01T00:00:00Z,
                predicate: (r) => r._measurement == "{measurement}" and r.sensor == "{sensor}")"""
        return int(store._server.query(flux).whole("_value")[0])

    write(store, [make(sensor, new_stream(), 0)])
    before = (series("frames"), series("tension"))
    write(store, [make(sensor, new_stream(), 0, t0_us=T0 + day * 86_400_000_000) for day in range(30)])
    assert (series("frames"), series("tension")) == before == (1, 1)


def test_every_sample_can_be_drawn(store, bucket, sensor):
    frames = steady(sensor, new_stream(), 10)
    write(store, frames)
    flux = f"""from(bucket: "{bucket}") |> range(start: 2026-01-01T00:00:00Z, stop: 2027-01-01T00:00:00Z)
        |> filter(fn: (r) => r.sensor == "{sensor}" and r._field == "newtons")"""
    table = store._server.query(flux)
    found = dict(zip((table.time_ns() // 1000).tolist(), table.real("_value").tolist(), strict=True))
    assert found == pytest.approx(expected(frames), abs=5e-7)


def test_of_equal_stamps_the_one_that_is_read_is_drawn(store, sensor):
    stream = new_stream()
    first = make(sensor, stream, 0, [10, 11], dt_us=[0, STEP])
    second = make(sensor, stream, 1, [20, 21, 22], t0_us=T0 + STEP, dt_us=[0, 0, STEP])
    for stored in (first, second):
        write(store, [stored])
    rows = store._bucket.rows("tension", sensor, *FOREVER)
    table = store._server.query(f"{rows}")
    assert table.real("_value").tolist() == pytest.approx(list(expected([first, second]).values()), abs=5e-7)


def test_a_stream_of_many_hours_is_known_whole(store, opened, sensor):
    stream = new_stream()
    frames = [make(sensor, stream, hour, [hour], t0_us=T0 + hour * HOUR_US) for hour in range(0, 12, 2)]
    for stored in [frames[3], *frames]:
        write(store, [stored])
    reopened = opened()
    write(reopened, frames)
    others = [make(sensor, stream, f.frame.seq, [-1], t0_us=f.frame.t0_us) for f in frames]
    assert set(reopened.write(others).outcomes) == {RejectReason.CONFLICT}
    assert [info.frames for info in reopened.streams(sensor, T0, T0 + 1)] == [6]
    reopened.close()


def test_an_erasure_by_another_process_is_heeded(store, opened, sensor):
    frames = steady(sensor, new_stream(), 4)
    write(store, frames[:2])
    other = opened()
    assert other.erase(sensor, T0, T0 + FRAME_US) == PER_FRAME
    other.close()
    assert store.write(frames).outcomes == (RejectReason.ERASED, None, None, None)
    assert read(store, sensor) == expected(frames[1:])


def test_frames_older_than_the_retention_are_refused(influx, sensor):
    bucket = influx.new_bucket(retention_s=2 * 86_400)
    store = open_influx(influx.url, influx.token, influx.org, bucket)
    now_us = time.time_ns() // 1000
    stream = new_stream()
    old = make(sensor, stream, 0, t0_us=now_us - 3 * 86_400_000_000)
    fresh = make(sensor, stream, 1, t0_us=now_us - 60_000_000)
    assert store.write([old, fresh]).outcomes == (RejectReason.ERASED, None)
    assert read(store, sensor) == expected([fresh])
    assert store.erase(sensor, fresh.frame.t0_us, now_us) == PER_FRAME
    assert store.write([fresh]).outcomes == (RejectReason.ERASED,)
    store.close()
    influx.drop_bucket(bucket)


def test_a_reader_that_remembers_ledgers_tells_what_a_new_one_tells(store, opened, sensor, monkeypatch):
    monkeypatch.setattr("tempoband.storage.timeseries.influx.ledger_cache._MOST_CHANGES", 4)
    random = np.random.default_rng(11)
    reader, stream = opened(), new_stream()
    frames = steady(sensor, stream, 60)
    for _ in range(12):
        for _ in range(random.integers(0, 8)):
            store.write([frames[i] for i in random.integers(0, 60, 6)])
        if random.random() < 0.3:
            start_us = T0 + int(random.integers(0, 60 * PER_FRAME)) * STEP
            store.erase(sensor, start_us, start_us + int(random.integers(1, 20)) * STEP)
        fresh = opened()
        assert reader.streams(sensor, *FOREVER) == fresh.streams(sensor, *FOREVER)
        assert reader.gaps(sensor, *FOREVER) == fresh.gaps(sensor, *FOREVER)
        fresh.close()
    assert reader.streams(sensor, *FOREVER)[0].frames > 10
    reader.close()


def test_what_retention_dropped_is_not_missing(influx, sensor):
    bucket = influx.new_bucket(retention_s=2 * 86_400)
    server = Server(InfluxAddress(influx.url, influx.org, bucket, influx.token), IMPATIENT)
    hour_us = 3_600_000_000
    start_us = time.time_ns() // 1000 - 10 * hour_us
    store = InfluxStore(server)
    stream = new_stream()
    write(store, [make(sensor, stream, seq, t0_us=start_us + seq * hour_us) for seq in (0, 1, 2, 4, 5)])
    server.delete(0, (start_us + 2 * hour_us) * 1000 - 1, f'_measurement="frames" AND sensor="{sensor}"')
    later_s = (start_us + 2 * hour_us) / 1e6 + 2 * 86_400
    after = InfluxStore(server, now_s=lambda: later_s)
    assert [info.missing for info in after.streams(sensor, *FOREVER)] == [((3, 3),)]
    server.close()
    influx.drop_bucket(bucket)


def test_reading_a_day_in_pages(store, sensor, monkeypatch):
    monkeypatch.setattr("tempoband.storage.timeseries.influx.reader._FRAMES_PER_PAGE", 7)
    frames = steady(sensor, new_stream(), 50)
    write(store, frames)
    assert list(store.frames(sensor, *FOREVER)) == frames


def test_streams_that_fell_out_of_memory_are_asked_for_again(store, sensor, monkeypatch):
    monkeypatch.setattr("tempoband.storage.timeseries.influx.streams._MOST_FRAMES", 3)
    first, second = new_stream(), new_stream()
    write(store, steady(sensor, first, 4))
    write(store, [make(sensor, second, seq, t0_us=T0 + (10 + seq) * FRAME_US) for seq in range(4)])
    assert len(store._book._states) == 1
    assert store.write([make(sensor, first, 2, [1])]).outcomes == (RejectReason.CONFLICT,)
    write(store, steady(sensor, first, 4))
    assert [info.frames for info in store.streams(sensor, *FOREVER)] == [4, 4]


def test_streams_of_which_more_or_less_is_known_are_read_together(store, opened, sensor):
    whole, ended = "00" + new_stream()[2:], "ff" + new_stream()[2:]
    write(store, [make(sensor, whole, 0)])
    store.write_notes([(BRIDGE, sensor, StreamEnded(ended, 0))])
    reopened = opened()
    later = make(sensor, ended, 0, t0_us=T0 + FRAME_US)
    assert reopened.write([make(sensor, whole, 0), later]).outcomes == (None, None)
    assert [info.last_seq for info in reopened.streams(sensor, *FOREVER)] == [None, 0]
    reopened.close()
