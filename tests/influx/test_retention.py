"""Retention by policy in a real InfluxDB 2: samples go, their outline stays, nothing looks lost."""

import secrets
from dataclasses import replace

import pytest

from tempoband.contracts.errors import RejectReason
from tempoband.storage.timeseries.influx import InfluxStore, open_influx
from tempoband.storage.timeseries.retention import DAY_US, RetentionPolicy
from tests.stores.contract import (
    FOREVER,
    FRAME_US,
    PER_FRAME,
    T0,
    expected,
    make,
    new_stream,
    read,
    steady,
    write,
)

FRAMES = 50


@pytest.fixture
def opened(influx):
    """Opens one bucket of its own: retention is the bucket's."""
    bucket, stores = influx.new_bucket(), []

    def open_() -> InfluxStore:
        stores.append(open_influx(influx.url, influx.token, influx.org, bucket))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()
    influx.drop_bucket(bucket)


@pytest.fixture
def store(opened):
    return opened()


def all_steps(policy: RetentionPolicy, store: InfluxStore, now_us: int) -> int:
    dropped = 0
    while step := policy.step(store, now_us):
        dropped += step
    return dropped


def test_old_samples_go_and_their_outline_stays(store, opened):
    sensors = sorted(f"band-{secrets.token_hex(4)}" for _ in range(2))
    reader = opened()
    frames = {sensor: steady(sensor, new_stream(), FRAMES) for sensor in sensors}
    for sensor in sensors:
        write(store, frames[sensor])
        assert len(reader.streams(sensor, *FOREVER)) == 1  # remembered by the reader
    border_us = T0 + 30 * FRAME_US
    border_us -= border_us % 1_000_000
    policy = RetentionPolicy(keep_days=1)
    dropped = all_steps(policy, store, border_us + DAY_US)
    for sensor in sensors:
        kept = [f for f in frames[sensor] if f.frame.end_us >= border_us]
        gone = [f for f in frames[sensor] if f.frame.end_us < border_us]
        assert read(store, sensor) == expected(kept)
        curve = store.read_decimated(sensor, T0 - 1_000_000, border_us, 10_000)
        tension = [n for f in gone for n in f.frame.tension_n.tolist()]
        assert curve.tension_n.max() >= max(tension) - 1e-6
        assert curve.tension_n.min() <= min(tension) + 1e-6
        (info,) = store.streams(sensor, *FOREVER)
        assert (info.frames, info.missing) == (len(kept), ())
        late = replace(gone[0])
        assert store.write([late]).outcomes == (RejectReason.ERASED,)
    assert store.kept_since_us() == border_us
    assert dropped == 2 * PER_FRAME * (FRAMES - len(kept))
    fresh = opened()
    assert [i.missing for s in sensors for i in fresh.streams(s, *FOREVER)] == [(), ()]


def test_erasing_reaches_the_outline_and_the_outline_ages_too(store):
    sensor = f"band-{secrets.token_hex(4)}"
    write(store, steady(sensor, new_stream(), FRAMES))
    border_us = T0 + (FRAMES + 1) * FRAME_US
    all_steps(RetentionPolicy(keep_days=1), store, border_us + DAY_US)
    whole = store.read_decimated(sensor, T0 - 1_000_000, border_us, 10_000)
    assert len(whole) > 2
    second_us = int(whole.time_us[2]) // 1_000_000 * 1_000_000
    store.erase(sensor, second_us + 10, second_us + 20)
    left = store.read_decimated(sensor, T0 - 1_000_000, border_us, 10_000)
    assert len(left) == len(whole) - 2
    all_steps(RetentionPolicy(keep_days=1, outline_days=3), store, border_us + 2 * DAY_US)
    assert len(store.read_decimated(sensor, T0 - 1_000_000, border_us, 10_000)) == len(left)
    all_steps(RetentionPolicy(keep_days=1, outline_days=3), store, border_us + 4 * DAY_US)
    assert len(store.read_decimated(sensor, T0 - 1_000_000, border_us, 10_000)) == 0


def test_a_batch_that_was_under_way_during_an_erasure_is_erased_by_house_keeping(store, opened):
    """Another process erases between our look at the tombstones and our write."""
    sensor = f"band-{secrets.token_hex(4)}"
    frames = steady(sensor, new_stream(), 4)
    write(store, frames[:1])
    other, look = opened(), store._erasures_of

    def slow(batch):
        seen = look(batch)
        other.erase(sensor, T0, T0 + 4 * FRAME_US)
        return seen

    store._erasures_of = slow
    write(store, frames[1:])
    store._erasures_of = look
    assert read(store, sensor) != {}
    while store.maintain(0):
        pass
    assert read(store, sensor) == {}
    assert store.write([make(sensor, frames[0].frame.stream, 0)]).outcomes == (RejectReason.ERASED,)
