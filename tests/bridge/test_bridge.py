import asyncio
from itertools import pairwise

import numpy as np
import pytest

from firmware_bridge.drivers.progressor import BATTERY
from firmware_bridge.errors import SpoolError
from firmware_bridge.sensors import charge
from firmware_bridge.spool.items import Spooled
from firmware_bridge.spool.spool import Spool
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.events import BridgeStatus, SensorState
from tempoband.contracts.frame import decode_frame
from tempoband.contracts.ledger import StreamEnded
from tempoband.contracts.topics import UpKind, bridge_status
from tempoband.simulator.progressor import VirtualProgressor
from tests.bridge.conftest import UTC0

PROGRESSOR = "progressor_0000"


async def test_every_sample_of_three_sensors_reaches_the_store_once_and_at_the_right_time(world):
    for number in range(3):
        await world.sensor(number)
    world.start()
    await asyncio.sleep(35)
    await world.stop()
    for number in range(3):
        name = f"progressor_{number:04d}"
        sent, stored = world.sent_counts(number), world.ingest.counts(name)
        assert stored == sent[: len(stored)]
        assert len(sent) == len(stored)
        late = world.ingest.times_us(name) - world.sent_times_us(number)[: len(stored)]
        assert np.abs(late).max() < 5000
        assert world.ingest.lost(name) == 0
    assert world.ingest.took[UpKind.FRAMES] > 700


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
    await asyncio.sleep(60)
    back_s = asyncio.get_running_loop().time()
    world.hub.online = True
    await asyncio.sleep(30)
    await world.stop()
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]
    assert len(stored) > 95 * 80
    assert world.ingest.took[UpKind.BACKFILL] >= 55 * 10
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
    await asyncio.sleep(45)
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
    await asyncio.sleep(35)
    assert world.ingest.took[UpKind.FRAMES] > 250
    assert world.ingest.took[UpKind.BACKFILL] == 0
    world.ingest.accepting = world.ingest.receipts = True
    await asyncio.sleep(35)
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
    await asyncio.sleep(20)
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


async def test_a_sensor_that_another_bridge_is_stored_from_says_so_for_as_long_as_that_lasts(world):
    await world.sensor()
    world.start()
    await world.streaming()

    def told() -> bool:
        return world.bridge.sensors[PROGRESSOR].status().owned_elsewhere

    await asyncio.sleep(5)
    assert not told()
    world.ingest.held_elsewhere = True
    await asyncio.sleep(5)
    assert told()
    world.ingest.held_elsewhere = False
    await asyncio.sleep(30)
    assert told()  # it may be another bridge's turn again at any moment
    await asyncio.sleep(60)
    assert not told()
    await world.stop()


async def test_two_bridges_cannot_share_a_folder(world):
    await world.sensor()
    world.start()
    await world.streaming()
    with pytest.raises(SpoolError, match="another bridge"):
        Spool(world.folder)


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
