"""What only a real InfluxDB 2 can show."""

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.ledger import StreamEnded
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.influx import InfluxAddress, InfluxStore, open_influx
from tempoband.storage.timeseries.influx.schema import HOUR_US
from tempoband.storage.timeseries.influx.server import Server
from tempoband.storage.timeseries.open import open_store
from tests.influx.conftest import IMPATIENT, Influx
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
def sensor() -> str:
    return f"band-{secrets.token_hex(6)}"


@pytest.fixture
def opened(influx: Influx, bucket: str) -> Callable[[], InfluxStore]:
    return lambda: open_influx(influx.url, influx.token, influx.org, bucket)


@pytest.fixture
def store(opened) -> Iterator[InfluxStore]:
    store = opened()
    yield store
    store.close()


@pytest.fixture
def dying(influx: Influx, bucket: str) -> Iterator[tuple[InfluxStore, DyingServer]]:
    server = DyingServer(InfluxAddress(influx.url, influx.org, bucket, influx.token), IMPATIENT)
    yield InfluxStore(server), server
    server.close()


# -- dying in the middle -------------------------------------------------------------------------------


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


# -- refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "reason", "words"),
    [
        ({"token": "nonsense"}, StorageReason.DENIED, "token is refused"),
        ({"org": "elsewhere"}, StorageReason.MISCONFIGURED, "elsewhere"),
        ({"bucket": "no-such-bucket"}, StorageReason.MISCONFIGURED, "no such bucket|not found"),
    ],
    ids=["token", "org", "bucket"],
)
def test_a_wrong_address_is_told_when_opening(influx, bucket, wrong, reason, words):
    right = {"url": influx.url, "token": influx.token, "org": influx.org, "bucket": bucket}
    for writable in (True, False):
        with pytest.raises(StorageError, match=words) as caught:
            open_influx(**{**right, **wrong}, writable=writable, patience=IMPATIENT)
        assert caught.value.reason is reason
        assert influx.token not in str(caught.value)


def test_a_token_that_may_only_read(influx, bucket, opened, sensor):
    write(opened(), steady(sensor, new_stream(), 1))
    reader = open_influx(influx.url, token_for(influx, bucket, "read"), influx.org, bucket)
    assert len(read(reader, sensor)) == PER_FRAME
    with pytest.raises(StorageError, match="token") as caught:
        reader.write(steady(sensor, new_stream(), 1))
    assert caught.value.reason in {StorageReason.DENIED, StorageReason.MISCONFIGURED}
    reader.close()


def test_a_token_for_this_bucket_alone_is_enough_for_everything(influx, bucket, sensor):
    token = token_for(influx, bucket, "read", "write")
    store = open_influx(influx.url, token, influx.org, bucket)
    frames = steady(sensor, new_stream(), 3)
    write(store, frames)
    assert store.erase(sensor, T0, T0 + FRAME_US) == PER_FRAME
    assert read(store, sensor) == expected(frames[1:])
    assert len(store.streams(sensor, *FOREVER)) == 1
    store.close()


def test_a_store_opened_for_reading_refuses_to_write(influx, bucket, store, sensor, monkeypatch):
    write(store, steady(sensor, new_stream(), 1))
    monkeypatch.setenv("TEMPOBAND_INFLUX_TOKEN", influx.token)
    reader = open_store(f"{influx.url}?org={influx.org}&bucket={bucket}", writable=False)
    assert len(read(reader, sensor)) == PER_FRAME
    notes = [(BRIDGE, sensor, StreamEnded(new_stream(), 0))]
    for change in (
        lambda: reader.write([]),
        lambda: reader.write_notes(notes),
        lambda: reader.erase(sensor, *FOREVER),
    ):
        with pytest.raises(StorageError, match="reading only"):
            change()
    reader.close()


# -- what stands in the bucket -------------------------------------------------------------------------


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


def drawn(store: InfluxStore, sensor: str) -> int:
    rows = store._bucket.rows("tension", sensor, *FOREVER)
    return int(store._server.query(f"{rows} |> count()").whole("_value").sum())


def token_for(influx: Influx, bucket: str, *actions: str) -> str:
    with influx.client() as client:
        found = client.buckets_api().find_bucket_by_name(bucket)
        resource = PermissionResource(org_id=found.org_id, type="buckets", id=found.id)
        permissions = [Permission(action=action, resource=resource) for action in actions]
        return client.authorizations_api().create_authorization(found.org_id, permissions).token
