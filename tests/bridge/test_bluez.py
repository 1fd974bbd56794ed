"""bleak's real BlueZ back end, on a private D-Bus with a fake ``org.bluez``: a real clock, no Bluetooth."""

import asyncio
import shutil
import sys

import numpy as np
import pytest

from firmware_bridge.bridge import Bridge
from firmware_bridge.drivers.progressor import SCALE_N, ProgressorDriver
from firmware_bridge.settings import BridgeSettings
from tempoband.contracts.events import BridgeProblem, BridgeStatus, SensorState, SensorStatus
from tempoband.contracts.topics import UpKind, bridge_status, up
from tempoband.contracts.units import NEWTONS_PER_KGF
from tests.bridge.fakes import FakeIngest, FakeLink, Hub

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="BlueZ is Linux's"),
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="NO dbus-daemon: apt install dbus-daemon"),
]
SENSOR = "progressor_0042"


def run(scenario, tmp_path, monkeypatch):
    """A scenario with bus, fake and bridge on a real clock."""
    from tests.bridge.fake_bluez import FakeBlueZ, private_bus

    async def main():
        async with private_bus(tmp_path) as address:
            monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
            bluez = await FakeBlueZ.start(address)
            hub = Hub()
            ingest = FakeIngest(FakeLink(hub, "ingest"))
            ingest.start()
            bridge = Bridge(
                BridgeSettings(id="test", data_dir=tmp_path / "data", stream_always=True),
                drivers=(ProgressorDriver(),),
                make_link=lambda _settings, client_id, will: FakeLink(hub, client_id, will),
            )
            running = asyncio.create_task(bridge.run())
            try:
                await scenario(bluez, hub, ingest)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await ingest.stop()
                await bluez.stop()

    asyncio.run(main())


async def until(condition, seconds=30.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a real clock
            await asyncio.sleep(0.05)


def state(hub):
    payload = hub.retained.get(up("test", SENSOR, UpKind.STATUS))
    return SensorStatus.model_validate_json(payload).state if payload else None


def problem(hub):
    payload = hub.retained.get(bridge_status("test"))
    return BridgeStatus.model_validate_json(payload).problem if payload else None


def counts(kg):
    return np.rint(np.array(kg) * (NEWTONS_PER_KGF / SCALE_N)).astype(int).tolist()


def test_the_real_back_end_streams_and_comes_back_without_doubled_callbacks(tmp_path, monkeypatch):
    async def scenario(bluez, hub, ingest):
        await until(lambda: state(hub) is SensorState.STREAMING)
        await asyncio.sleep(3)
        bluez.lose_link()
        first = len(bluez.sent_kg)
        await until(lambda: len(bluez.sent_kg) > first + 240)
        await until(lambda: len(ingest.counts(SENSOR)) > first + 100)
        stored = ingest.counts(SENSOR)
        assert stored == counts(bluez.sent_kg)[: len(stored)]
        assert bluez.device.connections == 2
        assert len(ingest.streams(SENSOR)) == 2
        assert ingest.lost(SENSOR) == 0

    run(scenario, tmp_path, monkeypatch)


def test_an_adapter_that_is_off_is_told_and_its_return_is_noticed(tmp_path, monkeypatch):
    async def scenario(bluez, hub, _ingest):
        await until(lambda: problem(hub) is BridgeProblem.ADAPTER_OFF)
        bluez.adapter.powered = True
        bluez.adapter.emit_properties_changed({"Powered": True})
        await until(lambda: problem(hub) is None)
        await until(lambda: state(hub) is SensorState.STREAMING)

    from tests.bridge import fake_bluez

    before = fake_bluez.Adapter.__init__

    def switched_off(self):
        before(self)
        self.powered = False

    monkeypatch.setattr(fake_bluez.Adapter, "__init__", switched_off)
    run(scenario, tmp_path, monkeypatch)
