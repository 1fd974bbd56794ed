"""A bridge in a world of its own: virtual radio, broker and clock, and an ingest of the test's own."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import numpy as np
import pytest

from firmware_bridge.bridge import Bridge
from firmware_bridge.drivers.progressor import SCALE_N, ProgressorDriver
from firmware_bridge.settings import BridgeSettings
from tempoband.contracts.events import SensorState, SensorStatus
from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.simulator.clock import VirtualClockLoop
from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.progressor import ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio
from tests.bridge.fakes import FakeIngest, FakeLink, Hub

UTC0 = 1_790_000_000_000_000


def pytest_asyncio_loop_factories():
    """Every asynchronous test here runs on the virtual clock: nothing sleeps."""
    return {"virtual": VirtualClockLoop}


def reps(t):
    """Every sample differs from its neighbours."""
    return 30 + 25 * np.sin(np.asarray(t) * 1.3) + 0.5 * np.asarray(t) % 1


@dataclass
class World:
    """Everything around one bridge, and the bridge."""

    folder: object
    radio: VirtualRadio
    hub: Hub
    ingest: FakeIngest
    sensors: list = field(default_factory=list)
    utc_step_us: int = 0
    bridge: Bridge | None = None
    _task: asyncio.Task | None = None

    async def sensor(self, number=0, tension_n=reps, **spec):
        spec = {"name": f"Progressor_{number:04d}", "address": f"D0:00:00:00:00:{number + 1:02X}"} | spec
        sensor = VirtualProgressor(
            self.radio.link, ProgressorSpec(seed=number, **spec), tension_n, keep_log=True
        )
        sensor.power_on_utc_us = self.utc_us()
        self.sensors.append(sensor)
        await sensor.power_on()
        return sensor

    def utc_us(self):
        return UTC0 + self.utc_step_us + round(asyncio.get_running_loop().time() * 1e6)

    def start(self, drivers=None, registry=None, **settings):
        settings = {"id": "test", "data_dir": self.folder, "stream_always": True} | settings
        self.bridge = Bridge(
            BridgeSettings(**settings),
            drivers=drivers or (ProgressorDriver(),),
            utc_us=self.utc_us,
            registry=registry,
            make_link=lambda _settings, client_id, will: FakeLink(self.hub, client_id, will),
        )
        self._task = asyncio.create_task(self.bridge.run())

    async def stop(self):
        """The clean way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            assert self._task.cancelled(), self._task.exception()
        self._task = None

    def status(self, sensor="progressor_0000"):
        payload = self.hub.retained.get(f"tempoband/v1/9f/up/test/{sensor}/status")
        return SensorStatus.model_validate_json(payload) if payload else None

    async def until(self, condition, seconds=120.0):
        """Virtual seconds pass until something holds."""
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)

    async def streaming(self, sensor="progressor_0000", seconds=120.0):
        await self.until(
            lambda: (s := self.status(sensor)) is not None and s.state is SensorState.STREAMING, seconds
        )

    def sent_counts(self, number=0):
        """What the sensor handed to the radio, as the counts it should become."""
        kg = [p.weight_kg.astype(np.float64) for p in self.sensors[number].log if p.sent]
        return np.rint(np.concatenate(kg) * (NEWTONS_PER_KGF / SCALE_N)).astype(np.int64).tolist()

    def sent_times_us(self, number=0):
        sensor = self.sensors[number]
        return np.concatenate([p.true_s for p in sensor.log if p.sent]) * 1e6 + sensor.power_on_utc_us


@pytest.fixture
async def world(tmp_path, monkeypatch):
    # Virtual minutes pass faster than a disk can sync; durability is tested on the spool itself.
    monkeypatch.setattr("os.fsync", lambda _descriptor: None)
    async with VirtualRadio.switched_on(FaultyLink(seed=7)) as radio:
        hub = Hub()
        ingest = FakeIngest(FakeLink(hub, "ingest"))
        world = World(tmp_path, radio, hub, ingest)
        with radio.installed():
            ingest.start()
            yield world
            await world.stop()
            for sensor in world.sensors:
                with contextlib.suppress(Exception):
                    await sensor.power_off()
            await ingest.stop()
