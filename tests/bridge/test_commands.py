"""What the services ask of a bridge: zero, calibration, streaming on demand; and what it tells of itself."""

import asyncio

import numpy as np
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from firmware_bridge.sensors import charge
from firmware_bridge.settings import BridgeSettings
from tempoband.contracts.events import BridgeCommand, CommandKind, CommandResult, SensorState
from tempoband.contracts.topics import commands
from tempoband.messaging.settings import MqttSettings
from tempoband.words.catalogue import Language

PROGRESSOR = "progressor_0000"


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
    assert moving.said is not None
    assert moving.message == str(moving.said.phrase())
    assert moving.said.phrase().within(Language.DE).startswith("Der Sensor bewegt sich.")
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


async def test_on_demand_a_sleeping_sensor_that_is_woken_streams_while_the_lease_lasts(world):
    sensor = await world.sensor()
    world.start(stream_always=False, idle_after_s=60)
    await world.until(lambda: world.status() is not None)
    await sensor.sleep()
    await ask(world, CommandKind.STREAM)
    await world.until(lambda: world.status().state is SensorState.ASLEEP, 60)
    await ask(world, CommandKind.STREAM, "still looking")
    await sensor.power_on()
    await world.streaming(seconds=15)
    await sensor.sleep()
    await world.until(lambda: world.status().state is SensorState.IDLE, 120)  # nobody looks any more
    await sensor.power_on()
    await asyncio.sleep(20)
    assert world.status().state is SensorState.IDLE
    assert BridgeSettings(id="b").idle_after_s == 300


async def test_logs_name_no_person_and_no_secret(world):
    await world.sensor()
    mqtt = MqttSettings(username="ada.lovelace", password=SecretStr("hunter2"))
    with capture_logs() as logs:
        world.start(mqtt=mqtt, sensor={PROGRESSOR: {"name": "Ada's red band"}})
        await world.streaming()
        await ask(world, CommandKind.TARE)
        world.radio.link.lose("D0:00:00:00:00:01")
        await asyncio.sleep(5)
        await world.stop()
    said = repr(logs)
    assert "sensor_state" in said
    assert "command" in said
    assert not any(word in said.lower() for word in ("ada", "hunter2"))
