"""A clinic and a home in one loop, with their own stores, records and a broker with rules between them."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from ingest.enrolment import Enrolment
from ingest.service import Ingest
from ingest.settings import IngestSettings
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.topic_rules import SERVICE_NAME, Holder
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import Records, bridges, people
from tempoband.storage.timeseries.sqlite import SqliteStore
from tempoband.uplink.admission import Admission
from tempoband.uplink.clinic.service import ClinicUplink
from tempoband.uplink.home.credential import ClinicCredential
from tempoband.uplink.home.service import HomeUplink
from tests.messaging.tasks import running, until
from tests.uplink.conftest import T0, enrol, secret_of

HOME = "home-1"


@dataclass
class Side:
    """One side's data."""

    store: SqliteStore
    records: Records

    @classmethod
    def at(cls, folder: Path, records_url: str = "") -> "Side":
        return cls(SqliteStore(folder), Records(records_url or f"sqlite:///{folder / 'records.sqlite'}"))

    def close(self) -> None:
        self.store.close()
        self.records.close()


@dataclass
class Pair:
    """Home and clinic; ``live`` keeps every topic that anybody published on."""

    home: Side
    clinic: Side
    broker: EmbeddedBroker
    admission: Admission
    person: str
    topics: set[str] = field(default_factory=set)

    def service(self) -> MqttSettings:
        secret = SecretStr(self.admission.secret_of(SERVICE_NAME))
        return MqttSettings(port=self.broker.port, username=SERVICE_NAME, password=secret)

    def credential(self, home: str = HOME) -> ClinicCredential:
        return ClinicCredential(
            url="https://clinic.example",
            home=home,
            secret=SecretStr(secret_of(home)),
            clinic_name="Clinic",
            mqtt_url=f"mqtt://127.0.0.1:{self.broker.port}",
        )

    def ingest(self, **changes: object) -> Ingest:
        settings = IngestSettings(
            mqtt=self.service(), store=str(self.clinic.store.data_dir), batch_s=0.02, **changes
        )
        enrolment = Enrolment(self.clinic.records)
        return Ingest(settings, self.clinic.store, allowed=enrolment, kin=enrolment.kin)

    def clinic_uplink(self) -> ClinicUplink:
        return ClinicUplink(self.service(), self.clinic.records, self.clinic.store.mark_of)

    def home_uplink(self, **options: object) -> HomeUplink:
        return HomeUplink(self.credential(), self.home.store, self.home.records, **options)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The clinic's services run, and somebody notes every topic."""
        spy = MqttLink(self.service(), "spy")

        def note(delivery: Delivery) -> None:
            self.topics.add(delivery.topic)

        spy.subscribe("tempoband/v1/#", 0, note)
        ingest, uplink = self.ingest(), self.clinic_uplink()
        async with running(spy.run(), ingest.run(), uplink.run(), self.admission.run()):
            await until(lambda: spy.connected, "the spy")
            yield

    @contextlib.asynccontextmanager
    async def home_runs(self, **options: object) -> AsyncIterator[HomeUplink]:
        uplink = self.home_uplink(**options)
        async with running(uplink.run()):
            yield uplink


@contextlib.asynccontextmanager
async def make_pair(folder: Path, clinic_url: str = "") -> AsyncIterator[Pair]:
    home, clinic = Side.at(folder / "home"), Side.at(folder / "clinic", clinic_url)
    admission = Admission(clinic.records)
    enrol(clinic.records, HOME, Holder.HOME)
    with clinic.records.write() as session:
        person = people.add(session, LOCAL_CLINIC, "Ada", now_us=T0).id
        bridges.move_in(session, LOCAL_CLINIC, HOME, person)
    admission.refresh()
    try:
        async with EmbeddedBroker(port=0, check=admission.check) as broker:
            admission.on_revoked(broker.cut)
            yield Pair(home, clinic, broker, admission, person)
    finally:
        home.close()
        clinic.close()


def payloads(side: Side, sensor: str) -> dict[tuple[str, int], bytes]:
    """Every stored frame, by stream and seq, as exact bytes."""
    return {(f.frame.stream, f.frame.seq): f.payload for f in side.store.frames(sensor, 0, 2**62)}


Condition = Callable[[], object]
