"""Both brokers, with the same bridges and homes enrolled."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.topic_rules import SERVICE_NAME, Holder
from tempoband.identity.secrets import hash_secret
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.storage.records import Records, bridges, clinics
from tempoband.storage.records.bridges import Bridge
from tempoband.uplink.admission import Admission
from tests.deploy.broker import ClinicBroker
from tests.support.mqtt import PlainClient

T0 = 1_800_000_000_000_000
SERVICE_SECRET = "secret of the services"  # noqa: S105


def secret_of(name: str) -> str:
    return f"secret of {name}"


def enrol(records: Records, name: str, holder: Holder = Holder.BRIDGE, clinic: str = LOCAL_CLINIC) -> None:
    with records.write() as session:
        clinics.ensure(session, clinic, clinic, now_us=T0)
        bridges.enrol(session, clinic, Bridge(name, holder, name, hash_secret(secret_of(name)), T0, "test"))


@dataclass
class Guarded:
    """A running broker with rules, whichever it is."""

    port: int
    service_secret: str
    records: Records

    def client(self, user: str | None, password: str | None) -> PlainClient:
        return PlainClient(self.port, user, password)

    def service(self) -> PlainClient:
        return self.client(SERVICE_NAME, self.service_secret)

    def as_(self, name: str) -> PlainClient:
        return self.client(name, secret_of(name))

    def revoke(self, name: str) -> None:
        with self.records.write() as session:
            bridges.revoke(session, LOCAL_CLINIC, name, now_us=T0 + 1)


@pytest.fixture(scope="module")
def module_records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    records = Records(f"sqlite:///{tmp_path_factory.mktemp('records') / 'records.sqlite'}")
    yield records
    records.close()


@contextlib.contextmanager
def in_a_thread(work: Callable[[asyncio.Event, Callable[[], None]], object]) -> Iterator[None]:
    """Run ``work(stop, ready)`` in a loop of its own, beside a test that waits with threads."""
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(work(stop, ready.set)))
    thread.start()
    assert ready.wait(20)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


@contextlib.contextmanager
def embedded(records: Records) -> Iterator[Guarded]:
    admission = Admission(records)
    made: list[int] = []

    async def run(stop: asyncio.Event, ready: Callable[[], None]) -> None:
        async with EmbeddedBroker(port=0, check=admission.check) as broker:
            admission.on_revoked(broker.cut)
            made.append(broker.port)
            looking = asyncio.create_task(admission.run())
            ready()
            await stop.wait()
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    with in_a_thread(run):
        yield Guarded(made[0], admission.secret_of(SERVICE_NAME), records)


@contextlib.contextmanager
def mosquitto(records: Records, folder: Path) -> Iterator[Guarded]:
    broker = ClinicBroker(folder, {"TEMPOBAND_MQTT_PASSWORD": SERVICE_SECRET})
    admission = Admission(records, folder=broker.root / "enrolled")
    admission.refresh()
    broker.start()

    async def run(stop: asyncio.Event, ready: Callable[[], None]) -> None:
        looking = asyncio.create_task(admission.run())
        ready()
        await stop.wait()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    with in_a_thread(run):
        yield Guarded(broker.port, SERVICE_SECRET, records)
    broker.close()


@pytest.fixture(scope="module", params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def guarded(
    request: pytest.FixtureRequest, module_records: Records, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    """A broker with bridges b1 and b2, homes h1 and h2."""
    with module_records.read() as session:
        new = not bridges.every(session, LOCAL_CLINIC)
    if new:
        for name in ("b1", "b2"):
            enrol(module_records, name)
        for name in ("h1", "h2"):
            enrol(module_records, name, Holder.HOME)
    made = embedded(module_records)
    if request.param == "mosquitto":
        made = mosquitto(module_records, tmp_path_factory.mktemp("broker"))
    with made as running:
        yield running
