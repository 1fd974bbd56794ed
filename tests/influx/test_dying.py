"""A real InfluxDB 2 whose writer, or which itself, dies in the middle: nothing is lost, nothing twice."""

import contextlib
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from tempoband.contracts.errors import RejectReason
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.influx import InfluxAddress, InfluxStore, open_influx
from tempoband.storage.timeseries.influx.server import Server
from tests.influx.asking import drawn
from tests.influx.conftest import IMPATIENT, Influx
from tests.stores.contract import (
    FOREVER,
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


class KilledError(Exception):
    """The process died here."""


class DyingServer(Server):
    """Does ``steps`` more changes, then the process is dead, or the server ``failing``."""

    steps = 10**9
    failing: Exception = KilledError()

    def write(self, lines):
        self._step(bool(lines))
        super().write(lines)

    def delete(self, start_ns, stop_ns, predicate):
        self._step(True)
        super().delete(start_ns, stop_ns, predicate)

    def _step(self, counts: bool) -> None:
        if counts and self.steps == 0:
            raise self.failing
        self.steps -= counts


@pytest.fixture
def dying(influx: Influx, bucket: str) -> Iterator[tuple[InfluxStore, DyingServer]]:
    server = DyingServer(InfluxAddress(influx.url, influx.org, bucket, influx.token), IMPATIENT)
    yield InfluxStore(server), server
    server.close()


@pytest.mark.parametrize("steps", range(4))
def test_killed_between_the_steps_of_a_write_nothing_is_lost_or_twice(dying, opened, sensor, steps):
    frames = steady(sensor, new_stream(), 4)
    store, server = dying
    write(store, frames[:2])
    cursor = store.changes(0, limit=10**6)[-1].cursor
    server.steps = steps
    if steps < 3:
        with pytest.raises(KilledError):
            store.write(frames[2:])
    else:
        write(store, frames[2:])
    after = opened()
    assert read(after, sensor) == expected(frames if steps > 1 else frames[:2])
    write(after, frames)  # no receipt was given: the bridge sends again
    assert read(after, sensor) == expected(frames)
    assert [f.payload for f in after.frames(sensor, *FOREVER)] == [f.payload for f in frames]
    assert any(c.end_us == frames[3].frame.end_us for c in after.changes(cursor) if c.sensor == sensor)
    assert drawn(after, sensor) == 4 * PER_FRAME
    after.close()


@pytest.mark.parametrize("steps", range(6))
def test_killed_between_the_steps_of_an_erasure_it_is_finished_later(dying, opened, sensor, steps):
    frames = steady(sensor, new_stream(), 4)
    store, server = dying
    write(store, frames)
    start_us, end_us = T0 + 4 * STEP, T0 + 20 * STEP
    server.steps = steps
    with pytest.raises(KilledError):
        store.erase(sensor, start_us, end_us)
    after = opened()
    if steps == 0:  # nobody was told that anything was erased
        after.erase(sensor, start_us, end_us)
    left = {t: n for t, n in expected(frames).items() if not start_us <= t < end_us}
    assert read(after, sensor) == left
    assert drawn(after, sensor) == len(left)
    assert set(after.write(frames).outcomes) == {RejectReason.ERASED, None}
    assert read(after, sensor) == left
    (info,) = after.streams(sensor, *FOREVER)
    assert info.missing == ()
    assert all(e.done for e in after._bucket.erasures([sensor]))
    after.close()


def test_after_a_failure_the_server_is_asked_what_it_kept(dying, sensor):
    store, server = dying
    stream = new_stream()
    frame, other = make(sensor, stream, 0, [1]), make(sensor, stream, 0, [2])
    write(store, [make(sensor, stream, 1)])
    server.failing, server.steps = StorageError(StorageReason.UNAVAILABLE, "away"), 2
    with pytest.raises(StorageError, match="away"):
        store.write([frame])
    server.steps = 10**9
    assert store.write([other]).outcomes == (RejectReason.CONFLICT,)
    cursor = store.changes(0, limit=10**6)[-1].cursor
    write(store, [frame])
    assert [c.start_us for c in store.changes(cursor) if c.sensor == sensor] == [T0]


def test_what_was_written_survives_the_server_being_killed(own_influxd, sensor):
    influx = own_influxd.set_up()
    bucket = influx.new_bucket()
    frames = steady(sensor, new_stream(), 50)
    store = open_influx(influx.url, influx.token, influx.org, bucket)
    write(store, frames)
    own_influxd.kill()
    own_influxd.start()
    own_influxd.wait()
    assert read(store, sensor) == expected(frames)
    write(store, frames)
    assert [info.frames for info in store.streams(sensor, *FOREVER)] == [50]
    store.close()


@pytest.mark.soak
def test_killed_again_and_again_every_sample_is_stored_once(own_influxd, sensor):
    influx = own_influxd.set_up()
    store = open_influx(influx.url, influx.token, influx.org, influx.new_bucket(), patience=IMPATIENT)
    random, stream = np.random.default_rng(5), new_stream()
    frames = steady(sensor, stream, 3000)
    waiting, receipted = list(frames), 0
    for _ in range(20):
        killer = threading.Timer(random.uniform(0, 0.5), own_influxd.kill)
        killer.start()
        with contextlib.suppress(StorageError):
            while waiting:
                batch = [waiting[i] for i in random.permutation(min(40, len(waiting)))]
                write(store, batch)
                receipted += len(batch)
                waiting = waiting[len(batch) :]
        killer.join()
        own_influxd.start()
        own_influxd.wait()
        assert set(read(store, sensor)) >= {t for f in frames[:receipted] for t in f.frame.time_us.tolist()}
    write(store, waiting)
    assert read(store, sensor) == expected(frames)
    assert [(info.frames, info.missing) for info in store.streams(sensor, *FOREVER)] == [(3000, ())]
    assert drawn(store, sensor) == 3000 * PER_FRAME
    store.close()


def test_a_server_that_comes_back_is_waited_for(own_influxd, sensor):
    influx = own_influxd.set_up()
    store = open_influx(influx.url, influx.token, influx.org, influx.new_bucket(), patience=IMPATIENT)
    frames = steady(sensor, new_stream(), 4)
    write(store, frames[:2])
    own_influxd.kill()
    with pytest.raises(StorageError) as caught:
        store.write(frames[2:])
    assert caught.value.reason is StorageReason.UNAVAILABLE
    own_influxd.start()
    own_influxd.wait()
    write(store, frames)
    assert read(store, sensor) == expected(frames)
    store.close()
