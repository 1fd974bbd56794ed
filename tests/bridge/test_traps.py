"""Traps of Bluetooth stacks that others fell into; each has a test of its own here or in test_faults.py."""

import asyncio
import shutil

import numpy as np
import pytest

from firmware_bridge.drivers.base import Advertisement, Device
from firmware_bridge.drivers.progressor import BATTERY, CONTROL, DATA, START, STOP, ProgressorDriver
from firmware_bridge.errors import RadioError
from firmware_bridge.radio import air
from firmware_bridge.radio.air import Air
from firmware_bridge.radio.link import Inbox
from firmware_bridge.spool.spool import Spool
from tempoband.contracts.events import BridgeProblem, SensorState
from tempoband.contracts.frame import decode_frame
from tempoband.simulator.progressor import VirtualProgressor
from tempoband.simulator.timing import SampleTiming

ADDRESS = "D0:00:00:00:00:01"


class Characteristic:
    properties = ("write",)


class StubClient:
    """Writes down in which order it was asked for what."""

    def __init__(self):
        self.calls, self.services = [], self

    def get_characteristic(self, _uuid):
        return Characteristic()

    async def start_notify(self, uuid, _callback, **options):
        self.calls.append(("notify", uuid, options))

    async def write_gatt_char(self, _characteristic, data, *, response):
        self.calls.append(("write", bytes(data), response))


async def test_it_subscribes_before_it_asks_and_never_reads_what_streams():
    client = StubClient()
    device = Device(Advertisement("AA", "Progressor_1"), client, {"bluez": {"use_start_notify": False}})
    session = await ProgressorDriver().open(device)
    await session.start(Inbox(lambda: None))
    await session.stop()
    assert client.calls == [
        ("notify", DATA, {"bluez": {"use_start_notify": False}}),
        ("write", START, True),
        ("write", STOP, True),
    ]
    assert CONTROL != DATA


@pytest.mark.parametrize("forced", [None, True, False])
async def test_the_way_of_notifying_is_a_setting_of_the_sensor(world, forced):
    options = []

    class Noting(ProgressorDriver):
        async def open(self, device):
            options.append(dict(device.notify_options))
            return await super().open(device)

    await world.sensor()
    world.start(drivers=(Noting(),), sensor={"progressor_0000": {"use_start_notify": forced}})
    await world.streaming()
    assert options == [{} if forced is None else {"bluez": {"use_start_notify": forced}}]


async def test_every_connection_has_a_client_of_its_own(world):
    clients = []

    class Noting(ProgressorDriver):
        async def open(self, device):
            clients.append(device.client)
            return await super().open(device)

    await world.sensor()
    world.start(drivers=(Noting(),))
    for _ in range(3):
        await world.streaming()
        world.radio.link.lose(ADDRESS)
        await world.until(lambda: world.status().state is not SensorState.STREAMING)
    await world.streaming()
    assert len({id(client) for client in clients}) == len(clients) == 4


async def test_a_link_lost_with_a_question_in_flight_is_told_in_our_words(world, monkeypatch):
    obey, lost = VirtualProgressor._on_command, []

    def lose_once(sensor, connection, value):
        if value == BATTERY and not lost:
            lost.append(value)
            world.radio.link.lose(ADDRESS)
        else:
            obey(sensor, connection, value)

    monkeypatch.setattr(VirtualProgressor, "_on_command", lose_once)
    await world.sensor()
    world.start()
    await world.until(lambda: (s := world.status()) is not None and s.state is SensorState.LOST, 30)
    assert "read the battery" in world.status().detail or "went away" in world.status().detail
    await world.streaming(seconds=30)


async def test_eight_sensors_stream_at_once(world):
    for number in range(8):
        await world.sensor(number)
    world.start()
    names = [f"progressor_{number:04d}" for number in range(8)]
    for name in names:
        await world.streaming(name)
    await asyncio.sleep(5)
    assert all(world.status(name).state is SensorState.STREAMING for name in names)
    await world.stop()
    for number, name in enumerate(names):
        assert world.ingest.counts(name) == world.sent_counts(number)


async def test_a_system_that_aborts_programs_is_asked_in_a_child_first(world, monkeypatch):
    asked = []

    async def denied():
        asked.append("probe")
        if len(asked) < 3:
            raise RadioError(BridgeProblem.PERMISSION_DENIED, "allow it")

    monkeypatch.setattr(air, "probe_radio", denied)
    scanning = Air(probe_first=True)
    problems = []
    scanning.on_problem = lambda problem: problems.append(problem and problem.problem)
    task = asyncio.create_task(scanning.run())
    await asyncio.sleep(0.5)
    assert world.radio._scanning == 0  # nothing touches Bluetooth in this process before the child says so
    await asyncio.sleep(20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert problems == [BridgeProblem.PERMISSION_DENIED, None]
    assert len(asked) == 3  # once it is allowed, it is not asked again


@pytest.mark.parametrize("per_packet", [1, 8])
async def test_a_kill_loses_at_most_50_ms_of_what_the_driver_delivered(
    world, tmp_path, monkeypatch, per_packet
):
    world.folder, delivered = tmp_path / "data", []
    take = Inbox.samples

    def noting(inbox, samples):
        delivered.append((asyncio.get_running_loop().time(), samples.counts))
        take(inbox, samples)

    monkeypatch.setattr(Inbox, "samples", noting)
    world.ingest.receipts = False
    await world.sensor(timing=SampleTiming(step_s=1 / 80, per_packet=per_packet, edge_s=1 / 80))
    world.start()
    await world.streaming()
    rng = np.random.default_rng(per_packet)
    for number in range(12):
        await asyncio.sleep(rng.uniform(0.1, 0.6))
        killed_s = asyncio.get_running_loop().time()
        found = Spool(shutil.copytree(world.folder, tmp_path / f"killed-{number}"))
        found.recover()
        kept = {int(c) for f in found.oldest(10**6) for c in decode_frame(f.payload).counts}
        found.close()
        due = [counts for at_s, counts in delivered if killed_s - at_s > 0.05]
        assert len(due) > 0
        assert {int(c) for counts in due for c in counts} <= kept
