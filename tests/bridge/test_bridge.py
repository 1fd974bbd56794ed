import asyncio
from itertools import pairwise

import numpy as np
import pytest

from firmware_bridge import charge
from firmware_bridge.drivers.progressor import BATTERY
from firmware_bridge.errors import SpoolError
from firmware_bridge.spool import Spool
from firmware_bridge.spool_items import Spooled
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.events import BridgeCommand, BridgeStatus, CommandKind, CommandResult, SensorState
from tempoband.contracts.frame import decode_frame
from tempoband.contracts.ledger import StreamEnded
from tempoband.contracts.topics import UpKind, bridge_status, commands
from tempoband.simulator.progressor import VirtualProgressor
from tests.bridge.conftest import UTC0

PROGRESSOR = "progressor_0000"


async def test_every_sample_of_three_sensors_reaches_the_store_once_and_at_the_right_time(world):
    for number in range(3):
        await world.sensor(number)
    world.start()
    await asyncio.sleep(60)
    await world.stop()
    for number in range(3):
        name = f"progressor_{number:04d}"
        sent, stored = world.sent_counts(number), world.ingest.counts(name)
        assert stored == sent[: len(stored)]
        assert len(sent) == len(stored)
        late = world.ingest.times_us(name) - world.sent_times_us(number)[: len(stored)]
        assert np.abs(late).max() < 5000
        assert world.ingest.lost(name) == 0
    assert world.ingest.took[UpKind.FRAMES] > 1000


async def test_a_stopped_bridge_says_goodbye_and_closes_its_streams(world):
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(5)
    await world.stop()
    assert world.status().state is SensorState.OFFLINE
    assert not BridgeStatus.model_validate_json(world.hub.retained[bridge_status("test")]).online
    world.start()
    await asyncio.sleep(10)
    ended = [n for n in world.ingest.notes.values() if isinstance(n, StreamEnded)]
    first = world.ingest.of()[0].stream
    assert StreamEnded(first, max(f.seq for f in world.ingest.of() if f.stream == first)) in ended
    assert len(world.ingest.streams()) == 2
    assert (np.diff(world.ingest.times_us()) > 0).all()


async def test_an_outage_of_the_broker_loses_nothing_and_shows_no_old_sample_live(world):
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(10)
    world.hub.go_offline()
    await asyncio.sleep(120)
    back_s = asyncio.get_running_loop().time()
    world.hub.online = True
    await asyncio.sleep(60)
    await world.stop()
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]
    assert len(stored) > 180 * 80
    assert world.ingest.took[UpKind.BACKFILL] >= 110 * 10
    assert oldest_live_s(world) < 2.0 + 1.5  # fresh, and the first second that settles the clock
    assert backfill_order_is_rising(world, back_s)


def oldest_live_s(world):
    return max(
        at_s - (decode_frame(payload).end_us - UTC0) / 1e6
        for at_s, topic, payload in world.hub.sent
        if topic.endswith("/frames")
    )


def backfill_order_is_rising(world, since_s):
    times = [
        decode_frame(payload).t0_us
        for at_s, topic, payload in world.hub.sent
        if topic.endswith("/backfill") and at_s >= since_s
    ]
    return len(times) > 100 and all(a < b for a, b in pairwise(times))


async def test_live_frames_keep_flowing_while_old_ones_are_replayed(world):
    await world.sensor()
    world.start(backfill_frames_per_s=20)
    await world.streaming()
    world.hub.go_offline()
    await asyncio.sleep(60)
    world.hub.online = True
    await asyncio.sleep(6)
    before = dict(world.ingest.took)
    await asyncio.sleep(10)
    live = world.ingest.took[UpKind.FRAMES] - before[UpKind.FRAMES]
    replayed = world.ingest.took[UpKind.BACKFILL] - before[UpKind.BACKFILL]
    assert live >= 95
    assert 150 <= replayed <= 205


async def test_what_a_broker_acknowledged_and_forgot_is_sent_again(world):
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(5)
    world.hub.lossy = lambda topic: topic.endswith("/frames")
    await asyncio.sleep(10)
    world.hub.lossy = lambda _topic: False
    await asyncio.sleep(45)
    await world.stop()
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]


async def test_a_reborn_ingest_gets_at_once_what_has_no_receipt(world):
    await world.sensor()
    world.start(resend_after_s=3600, resend_most_s=3600)
    await world.streaming()
    world.hub.lossy = lambda topic: topic.endswith("/frames")
    await asyncio.sleep(10)
    world.hub.lossy = lambda _topic: False
    await asyncio.sleep(10)
    assert world.ingest.took[UpKind.BACKFILL] == 0
    world.ingest.boot = "boot-2"
    await asyncio.sleep(5)
    assert world.ingest.took[UpKind.BACKFILL] >= 80
    await world.stop()
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]


async def test_while_ingest_does_not_accept_nothing_is_replayed(world):
    await world.sensor()
    world.ingest.accepting = world.ingest.receipts = False
    world.start(resend_after_s=5)
    await asyncio.sleep(60)
    assert world.ingest.took[UpKind.FRAMES] > 400
    assert world.ingest.took[UpKind.BACKFILL] == 0
    world.ingest.accepting = world.ingest.receipts = True
    await asyncio.sleep(60)
    await world.stop()
    assert spool_left(world) <= 30


def spool_left(world):
    spool = Spool(world.folder)
    try:
        return spool.frames
    finally:
        spool.close()


async def test_the_credit_window_bounds_what_is_under_way(world):
    await world.sensor()
    world.start()
    await world.streaming()
    world.hub.go_offline()
    await asyncio.sleep(120)
    await world.stop()
    world.ingest.receipts = False
    world.hub.online = True
    for sensor in world.sensors:
        await sensor.power_off()
    world.start(credit_frames=50)
    await asyncio.sleep(25)
    assert world.ingest.took[UpKind.BACKFILL] == 50


@pytest.mark.parametrize("poison", ["undecodable", "conflict", "wrong_sensor"])
async def test_a_poisonous_frame_gives_one_dead_letter_and_is_not_sent_again(world, poison):
    sensor = await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(5)
    await world.stop()
    await sensor.power_off()
    spool = Spool(world.folder)
    good = world.ingest.of()[3]
    stream, seq = ("cc" * 8, 0)
    payload, name = b"\x00 not cbor", PROGRESSOR
    if poison == "conflict":
        key = (PROGRESSOR, good.stream, good.seq)
        payload, stream, seq = world.ingest.frames[key].replace(b"factory", b"FACTORY"), good.stream, good.seq
    if poison == "wrong_sensor":
        payload, name = world.ingest.frames[PROGRESSOR, good.stream, good.seq], "stranger"
        world.ingest.wrong_sensors.add("stranger")
    spool.append([Spooled(name, stream, seq, good.t0_us, good.end_us, 8, payload)])
    spool.close()
    world.start()
    await asyncio.sleep(600)
    await world.stop()
    assert [(reason, letter) for reason, letter in world.ingest.dead] == [(RejectReason(poison), payload)]
    assert spool_left(world) == 0


async def test_two_bridges_cannot_share_a_folder(world):
    await world.sensor()
    world.start()
    await world.streaming()
    with pytest.raises(SpoolError, match="another bridge"):
        Spool(world.folder)


# -- commands ---------------------------------------------------------------------------------------


async def ask(world, kind, command="c1", sensor=PROGRESSOR, **more):
    message = BridgeCommand(id=command, sensor=sensor, kind=kind, by="local-owner", **more)
    world.ingest.link.publish(commands("test"), message.encode())
    await asyncio.sleep(1)
    results = [CommandResult.model_validate_json(p) for _, t, p in world.hub.sent if t.endswith("/results")]
    return [r for r in results if r.id == command]


async def test_tare_needs_a_second_of_stillness_and_sets_the_zero(world):
    load = {"n": 4, "swing_n": 0}
    sensor = await world.sensor(tension_n=lambda t: load["n"] + load["swing_n"] * np.sin(9 * t))
    world.start()
    await world.streaming()
    await asyncio.sleep(3)
    (result,) = await ask(world, CommandKind.TARE)
    assert result.ok
    await asyncio.sleep(3)
    newest = world.ingest.of()[-1]
    assert newest.tension_n == pytest.approx(0, abs=0.1)
    assert newest.calibration_id == world.status().calibration_id != "factory"
    assert world.status().tared_at_us is not None
    load["swing_n"] = 2
    await asyncio.sleep(3)
    (moving,) = await ask(world, CommandKind.TARE, "c2")
    assert (moving.ok, moving.reason) == (False, "not_still")
    load.update(n=80, swing_n=0)
    await asyncio.sleep(3)
    (loaded,) = await ask(world, CommandKind.TARE, "c3")
    assert (loaded.ok, loaded.reason) == (False, "loaded")
    await sensor.power_off()
    await asyncio.sleep(5)
    (gone,) = await ask(world, CommandKind.TARE, "c4")
    assert (gone.ok, gone.reason) == (False, "not_streaming")


async def test_the_zero_survives_a_restart_and_can_be_undone(world):
    await world.sensor(tension_n=lambda t: 4 + 0 * t)
    world.start()
    await world.streaming()
    await asyncio.sleep(3)
    await ask(world, CommandKind.TARE)
    await world.stop()
    world.start()
    await world.streaming()
    await asyncio.sleep(3)
    newest = world.ingest.of()[-1]
    assert newest.tension_n == pytest.approx(0, abs=0.1)
    assert newest.counts * newest.scale_n == pytest.approx(4, abs=0.1)


async def test_calibrating_by_command(world):
    load = {"n": 1}
    await world.sensor(tension_n=lambda t: load["n"] + 0 * t)
    world.start()
    await world.streaming()
    await asyncio.sleep(3)
    (first,) = await ask(world, CommandKind.CALIBRATE, load_n=0)
    assert first.ok
    load["n"] = 41
    await asyncio.sleep(3)
    (second,) = await ask(world, CommandKind.CALIBRATE, "c2", load_n=50)
    assert second.ok, second.message
    await asyncio.sleep(2)
    newest = world.ingest.of()[-1]
    assert newest.calibration_id == "two-point-1"
    assert newest.tension_n == pytest.approx(50, abs=0.2)


async def test_a_command_delivered_twice_is_executed_once(world):
    await world.sensor()
    world.start()
    await world.streaming()
    await ask(world, CommandKind.IDLE, "same")
    assert len(await ask(world, CommandKind.IDLE, "same")) == 1


async def test_a_command_for_an_unknown_sensor_is_answered(world):
    world.start()
    await asyncio.sleep(1)
    (result,) = await ask(world, CommandKind.TARE, sensor="nobody")
    assert (result.ok, result.reason) == (False, "unknown_sensor")


async def test_garbage_on_the_commands_topic_is_ignored(world):
    await world.sensor()
    world.start()
    await world.streaming()
    for garbage in (b"", b"{", b"\xff", b'{"id": 1}', b'{"id":"x","sensor":"a/b","kind":"tare","by":"y"}'):
        world.ingest.link.publish(commands("test"), garbage)
    await asyncio.sleep(2)
    assert world.status().state is SensorState.STREAMING


async def test_streaming_on_demand_starts_by_lease_and_stops_when_nobody_asks(world):
    sensor = await world.sensor()
    world.start(stream_always=False, idle_after_s=60)
    await asyncio.sleep(20)
    assert world.status().state is SensorState.IDLE
    assert not sensor.log
    await ask(world, CommandKind.STREAM, lease_s=30)
    await world.streaming(seconds=10)
    await asyncio.sleep(40)
    assert world.status().state is SensorState.STREAMING
    await asyncio.sleep(30)
    assert world.status().state is SensorState.IDLE
    assert not sensor.streaming
    quiet = len(sensor.log)
    await asyncio.sleep(20)
    assert len(sensor.log) == quiet
    await ask(world, CommandKind.STREAM, "again")
    await world.streaming(seconds=10)
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]


async def test_the_battery_is_read_again_while_streaming_and_when_the_sensor_is_let_go(world, monkeypatch):
    monkeypatch.setattr(charge, "EVERY_S", 20.0)
    sensor = await world.sensor(battery_mv=4000.0, drain_mv_per_hour=0.0)
    world.start(stream_always=False, idle_after_s=40)
    await world.until(lambda: world.status() is not None)
    await ask(world, CommandKind.STREAM)
    await world.streaming()
    assert world.status().battery_mv == 4000
    sensor.battery_mv = 3900.0
    await asyncio.sleep(22)
    assert world.status().battery_mv == 3900
    await world.until(lambda: world.status().battery_mv == 3900 and not sensor.streaming)
    sensor.battery_mv = 3800.0
    await ask(world, CommandKind.STREAM, "again")
    await world.streaming()
    sensor.battery_mv = 3700.0
    await ask(world, CommandKind.IDLE, "enough")
    await asyncio.sleep(3)
    assert (world.status().state, world.status().battery_mv) == (SensorState.IDLE, 3700)
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]  # the questions cost no sample


async def test_a_sensor_that_does_not_answer_about_its_battery_streams_all_the_same(world, monkeypatch):
    monkeypatch.setattr(charge, "EVERY_S", 5.0)
    obey, asked = VirtualProgressor._on_command, []

    def deaf_for_one(sensor, connection, value):
        asked.append(value) if value == BATTERY else obey(sensor, connection, value)

    monkeypatch.setattr(VirtualProgressor, "_on_command", deaf_for_one)
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(30)
    assert world.status().battery_mv is None
    assert len(asked) == 2  # at connection, and once more
    assert world.ingest.lost() == 0
    assert len(world.ingest.counts()) > 25 * 80


async def test_a_sensor_that_is_woken_while_somebody_looks_resumes_by_itself(world):
    sensor = await world.sensor()
    await sensor.sleep()
    world.start()
    await asyncio.sleep(60)
    assert world.status() is None  # never seen
    await sensor.power_on()
    await world.streaming(seconds=10)
    await sensor.sleep()
    await asyncio.sleep(60)
    assert world.status().state is SensorState.ASLEEP
    await sensor.power_on()
    await world.streaming(seconds=10)


async def test_a_known_sensor_shows_after_a_restart_although_it_is_away(world):
    sensor = await world.sensor()
    world.start()
    await world.streaming()
    await world.stop()
    await sensor.power_off()
    world.start()
    await asyncio.sleep(40)
    assert world.status().state is SensorState.ASLEEP
    assert "wake it" in world.status().detail


async def test_only_allowed_sensors_are_taken(world):
    await world.sensor(0)
    await world.sensor(1)
    world.start(sensors=("progressor_0001",))
    await world.streaming("progressor_0001")
    await asyncio.sleep(20)
    assert world.status() is None
    assert list(world.bridge.sensors) == ["progressor_0001"]


async def test_what_the_settings_say_of_a_sensor_is_told_with_its_status(world):
    await world.sensor()
    world.start(sensor={PROGRESSOR: {"name": "Red band", "ring_length_cm": 31.5}})
    await world.streaming()
    assert (world.status().name, world.status().ring_length_cm) == ("Red band", 31.5)


async def test_two_sensors_of_one_name_are_told_apart(world):
    await world.sensor(0, name="Progressor_X")
    await world.sensor(1, name="Progressor_X")
    world.start()
    await world.until(lambda: len(world.bridge.sensors) == 2)
    await asyncio.sleep(10)
    assert len({key[0] for key in world.ingest.frames}) == 2


async def test_the_hosts_clock_steps_forward_once_and_streams_do_not_overlap(world):
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(10)
    world.utc_step_us = 3_600_000_000
    await asyncio.sleep(10)
    world.utc_step_us -= 4_000_000
    await asyncio.sleep(10)
    await world.stop()
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]
    assert len(world.ingest.streams()) == 2
    assert (np.diff(world.ingest.times_us()) > 0).all()
