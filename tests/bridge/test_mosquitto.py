"""The bridge against a real mosquitto that hangs, dies, comes back, refuses; a real clock."""

import asyncio
import contextlib
import signal

import numpy as np
import pytest

from firmware_bridge import doctor
from firmware_bridge.bridge import Bridge
from firmware_bridge.doctor import Verdict
from firmware_bridge.drivers.progressor import SCALE_N, ProgressorDriver
from firmware_bridge.settings import BridgeSettings
from tempoband.contracts.events import BridgeStatus
from tempoband.contracts.topics import bridge_status
from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.messaging.link import MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.simulator.progressor import ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio
from tests.bridge.fakes import FakeIngest
from tests.messaging.mosquitto import Mosquitto

pytestmark = pytest.mark.mosquitto


def wave(t):
    return 30 + 25 * np.sin(np.asarray(t) * 1.3)


async def until(condition, seconds=40.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a real clock
            await asyncio.sleep(0.05)


def sent_counts(sensor):
    kg = np.concatenate([p.weight_kg for p in sensor.log if p.sent]).astype(np.float64)
    return np.rint(kg * (NEWTONS_PER_KGF / SCALE_N)).astype(int).tolist()


@contextlib.asynccontextmanager
async def running(*coroutines):
    tasks = [asyncio.create_task(c) for c in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_a_broker_that_hangs_and_one_that_is_killed_cost_nothing(tmp_path):
    async def main(broker):
        mqtt = MqttSettings(port=broker.port, keepalive_s=5)
        statuses = []
        async with VirtualRadio.switched_on() as radio:
            sensor = VirtualProgressor(radio.link, ProgressorSpec(), wave, keep_log=True)
            await sensor.power_on()
            ingest = FakeIngest(MqttLink(mqtt, "ingest"))
            ingest.link.subscribe(
                bridge_status("test"),
                1,
                lambda d: statuses.append(BridgeStatus.model_validate_json(d.payload)),
            )
            ingest.start()
            settings = BridgeSettings(
                id="test", data_dir=tmp_path / "data", mqtt=mqtt, stream_always=True, resend_after_s=3
            )
            bridge = Bridge(settings, drivers=(ProgressorDriver(),))
            with radio.installed():
                async with running(bridge.run()):
                    await until(lambda: len(ingest.counts("progressor_0042")) > 80)
                    broker._process.send_signal(signal.SIGSTOP)
                    await asyncio.sleep(3)
                    broker._process.send_signal(signal.SIGCONT)
                    await asyncio.sleep(2)
                    broker.kill()
                    await asyncio.sleep(2)
                    broker.start()
                    want = len(sent_counts(sensor)) + 80
                    await until(lambda: len(ingest.counts("progressor_0042")) > want)
                await until(lambda: statuses and not statuses[-1].online)
            await ingest.stop()
            await sensor.power_off()
        stored = ingest.counts("progressor_0042")
        assert stored == sent_counts(sensor)[: len(stored)]
        assert (np.diff(ingest.times_us("progressor_0042")) > 0).all()

    with Mosquitto(tmp_path) as broker:
        asyncio.run(main(broker))


def test_the_doctor_says_why_a_broker_refuses_and_when_nobody_stores(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "BROKER_TIMEOUT_S", 3.0)
    monkeypatch.setattr(doctor, "HEARTBEAT_TIMEOUT_S", 1.5)

    async def findings(port):
        settings = BridgeSettings(id="t", data_dir=tmp_path, mqtt=MqttSettings(port=port))
        return await doctor.check_broker(settings), await doctor.check_ingest(settings)

    with Mosquitto(tmp_path, anonymous=False) as broker:
        refused, _ = asyncio.run(findings(broker.port))
    assert refused.verdict is Verdict.BAD
    assert "authori" in refused.found.lower()
    with Mosquitto(tmp_path) as broker:
        good, nobody = asyncio.run(findings(broker.port))
    assert good.verdict is Verdict.GOOD
    assert nobody.found == "no heartbeat"


def test_the_doctor_sees_a_living_ingest(tmp_path):
    async def main(port):
        settings = BridgeSettings(id="t", data_dir=tmp_path, mqtt=MqttSettings(port=port))
        ingest = FakeIngest(MqttLink(settings.mqtt, "ingest"))
        ingest.start()
        try:
            return await doctor.check_ingest(settings)
        finally:
            await ingest.stop()

    with Mosquitto(tmp_path) as broker:
        assert asyncio.run(main(broker.port)).verdict is Verdict.GOOD
