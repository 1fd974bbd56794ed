"""Ingest beside both brokers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.service import Ingest
from ingest.settings import IngestSettings
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.messaging.conftest import mosquitto, settings

__all__ = ["mosquitto", "settings"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def make_ingest(settings: MqttSettings, store: SqliteStore) -> Callable[..., Ingest]:
    """An ingest on that broker and store; keywords change its settings."""

    def make(use=None, allowed=None, **changes):
        chosen = {
            "batch_s": 0.02,
            "store_retry_s": 0.02,
            "mqtt": settings,
            "store": str(store.data_dir),
            **changes,
        }
        return Ingest(IngestSettings(**chosen), use or store, **({"allowed": allowed} if allowed else {}))

    return make
