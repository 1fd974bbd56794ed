"""Erase, then redeliver, restore and rescore, through a real broker and a running ingest: all stays gone."""

import contextlib
import time

import pytest

from analytics.rescore import Rescorer
from analytics.touched import Touched
from ingest.service import Ingest
from ingest.settings import IngestSettings
from tempoband.app.backup import make_backup, restore_backup
from tempoband.app.rescore import Place, rescore
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.errors import RejectReason
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.erasure import erase_stretch
from tempoband.storage.records import Records, sets
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.timeseries.open import open_eraser, open_store
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.erasure.conftest import ADMIN, FOREVER
from tests.exchange.making import START_US, session_of
from tests.ingest.sender import Sender
from tests.messaging.tasks import running, until

SECOND = 1_000_000
BAND, OTHER = "sensor-1", "sensor-2"
GONE = Stretch(BAND, START_US, START_US + 60 * SECOND)


@pytest.fixture
def sent():
    """The same training on two sensors: six reps each."""
    streams = {BAND: "a" * 32, OTHER: "b" * 32}
    return {sensor: [s.frame for s in session_of(sensor, stream)] for sensor, stream in streams.items()}


def score(place: Place, sensor: str) -> None:
    store = open_store(place.store, writable=False)
    with contextlib.closing(store), contextlib.closing(Records(place.records_url)) as records:
        rescorer = Rescorer(store, records, sensor, time.time_ns() // 1000)
        rescorer.found(Touched(GONE.start_us, GONE.end_us, None, 0.0))


def sensors_with_sets(place: Place) -> set[str]:
    with contextlib.closing(Records(place.records_url)) as records, records.read() as session:
        return {each.set.sensor for each in sets.latest(session, LOCAL_CLINIC)}


def sensors_with_samples(place: Place) -> set[str]:
    with contextlib.closing(open_store(place.store, writable=False)) as store:
        return {sensor for sensor in (BAND, OTHER) if len(store.read(sensor, *FOREVER))}


async def test_erased_samples_stay_absent_through_redelivery_restore_and_rescore(tmp_path, sent):
    folder = tmp_path / "data"
    place = Place(str(folder), f"sqlite:///{folder / 'records.sqlite'}")
    async with EmbeddedBroker("127.0.0.1", 0) as broker:
        mqtt = MqttSettings(port=broker.port)
        settings = IngestSettings(mqtt=mqtt, store=str(folder), batch_s=0.02)
        bridge = Sender(mqtt, "home")

        async def deliver(store: SqliteStore) -> None:
            bridge.heartbeats.clear()
            async with running(Ingest(settings, store).run(), bridge.link.run(), bridge.keep_sending()):
                await until(lambda: bridge.heartbeats and bridge.heartbeats[-1].online, "ingest")
                for sensor, frames in sent.items():
                    bridge.send(sensor, frames)
                await until(lambda: not bridge.spool, "every receipt")

        with contextlib.closing(SqliteStore(folder)) as store:
            await deliver(store)
            for sensor in (BAND, OTHER):
                score(place, sensor)
            assert sensors_with_sets(place) == sensors_with_samples(place) == {BAND, OTHER}
            make_backup(folder, tmp_path / "copy")
            with (
                contextlib.closing(open_eraser(folder)) as samples,
                contextlib.closing(Records(place.records_url)) as records,
            ):
                erase_stretch(records, samples, GONE, ADMIN, now_us=GONE.end_us)
            await deliver(store)
            refused = {r.reason for receipt in bridge.receipts for r in receipt.rejected}
            assert refused == {RejectReason.ERASED}
            assert sensors_with_sets(place) == sensors_with_samples(place) == {OTHER}
        restore_backup(tmp_path / "copy", folder)
        with contextlib.closing(SqliteStore(folder)) as store:
            await deliver(store)
            assert rescore(place, workers=1).sets == 1
            score(place, BAND)
            assert sensors_with_sets(place) == sensors_with_samples(place) == {OTHER}
