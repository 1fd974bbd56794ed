"""The bridge against a real mosquitto that hangs, dies, comes back, refuses; a real clock."""

import asyncio
import contextlib
import signal

import numpy as np
import pytest
from structlog.testing import capture_logs

from firmware_bridge import doctor
from firmware_bridge.bridge import Bridge
from firmware_bridge.doctor import Verdict
from firmware_bridge.drivers.progressor import SCALE_N, ProgressorDriver
from firmware_bridge.settings import BridgeSettings
from tempoband.contracts.events import BridgeStatus
from tempoband.contracts.topics import UpKind, bridge_status
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
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Chain:
    """A sensor, a bridge and an ingest around a real broker, each at the end of its own road."""

    def __init__(self, folder, broker, to_bridge=None, to_ingest=None):
        self.broker, self.statuses, self._folder = broker, [], folder
        self._ports = [road.port if road else broker.port for road in (to_bridge, to_ingest)]

    async def run(self, trouble):
        bridge_port, ingest_port = self._ports
        async with VirtualRadio.switched_on() as radio:
            self.sensor = VirtualProgressor(radio.link, ProgressorSpec(), wave, keep_log=True)
            await self.sensor.power_on()
            self.ingest = FakeIngest(MqttLink(MqttSettings(port=ingest_port, keepalive_s=5), "ingest"))
            self.ingest.link.subscribe(
                bridge_status("test"),
                1,
                lambda d: self.statuses.append(BridgeStatus.model_validate_json(d.payload)),
            )
            self.ingest.start()
            settings = BridgeSettings(
                id="test",
                data_dir=self._folder / "data",
                mqtt=MqttSettings(port=bridge_port, keepalive_s=5),
                stream_always=True,
                resend_after_s=3,
            )
            with radio.installed():
                async with running(Bridge(settings, drivers=(ProgressorDriver(),)).run()):
                    await until(lambda: len(self.stored()) > 80)
                    await trouble(self)
                    want = sent_counts(self.sensor)
                    await until(lambda: self.stored()[: len(want)] == want, 80)
                await until(lambda: self.statuses and not self.statuses[-1].online)
            await self.ingest.stop()
            await self.sensor.power_off()
        stored, later = self.stored(), iter(sent_counts(self.sensor)[len(want) :])
        assert stored[: len(want)] == want
        # A frame that a full queue dropped at the very end waits in the spool; what came is in order, once.
        assert all(count in later for count in stored[len(want) :])
        assert (np.diff(self.ingest.times_us("progressor_0042")) > 0).all()

    def stored(self):
        return self.ingest.counts("progressor_0042")


def test_a_broker_that_hangs_and_one_that_is_killed_cost_nothing(tmp_path):
    async def trouble(chain):
        chain.broker._process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(3)
        chain.broker._process.send_signal(signal.SIGCONT)
        await asyncio.sleep(2)
        chain.broker.kill()
        await asyncio.sleep(2)
        chain.broker.start()

    with Mosquitto(tmp_path) as broker:
        asyncio.run(Chain(tmp_path, broker).run(trouble))


class Road:
    """The network between a client and the broker; a test sets ``delay_s``, ``jammed`` and ``closed``."""

    def __init__(self, to_port):
        self._to, self._writers = to_port, set()
        self.delay_s, self.jammed, self.closed = 0.0, False, False

    @contextlib.asynccontextmanager
    async def open(self):
        self._server = await asyncio.start_server(self._travel, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        async with self._server:
            yield self
            self.close()

    def close(self):
        """Every connection breaks, and no new one comes about."""
        self.closed = True
        for writer in tuple(self._writers):
            writer.close()

    async def _travel(self, reader, writer):
        if self.closed:
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, back}
        with contextlib.suppress(asyncio.CancelledError):  # the end of the test
            async with running(self._carry(reader, back), self._carry(there, writer)) as both:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for one in (writer, back):
            one.close()
            self._writers.discard(one)

    async def _carry(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                await asyncio.sleep(self.delay_s)
                while self.jammed:  # noqa: ASYNC110 - a real clock
                    await asyncio.sleep(0.05)
                writer.write(data)
                await writer.drain()


def test_a_broker_that_is_slow_full_unreachable_or_refuses_costs_nothing(tmp_path):
    async def main(broker):
        async with Road(broker.port).open() as home, Road(broker.port).open() as clinic:

            async def trouble(chain):
                home.delay_s = 0.4
                await asyncio.sleep(3)
                home.delay_s = 0.0
                before = chain.ingest.took[UpKind.BACKFILL]
                clinic.jammed = True  # the broker's queue runs over: it drops what it has acknowledged
                await asyncio.sleep(6)
                clinic.jammed = False
                await until(lambda: chain.ingest.took[UpKind.BACKFILL] > before + 10)
                home.close()
                await asyncio.sleep(2)
                home.closed = False
                await asyncio.sleep(2)
                broker.kill()
                broker.lock()
                broker.start()
                await asyncio.sleep(2)
                broker.kill()
                broker.unlock()
                broker.start()

            await Chain(tmp_path, broker, home, clinic).run(trouble)

    with Lockable(tmp_path) as broker, capture_logs() as logs:
        asyncio.run(main(broker))
    reasons = " ".join(log["why"] for log in logs if log["event"] == "mqtt_link_down")
    assert "Not authori" in reasons


class Lockable(Mosquitto):
    """A broker with a queue of three seconds, that can be told to refuse everybody."""

    def __init__(self, folder):
        super().__init__(folder)
        self._config.write_text(self._config.read_text().replace("100000", "20").replace("1000\n", "10\n"))

    def lock(self):
        self._config.write_text(self._config.read_text().replace("anonymous true", "anonymous false"))

    def unlock(self):
        self._config.write_text(self._config.read_text().replace("anonymous false", "anonymous true"))


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
