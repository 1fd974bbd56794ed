"""Every store the contract holds for. InfluxDB 2 runs where one is to be had."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tempoband.storage.timeseries.base import Maintained, TimeSeriesStore
from tempoband.storage.timeseries.influx import open_influx
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.influx.conftest import Influx, influx, influxd_program

__all__ = ["influx", "influxd_program"]
FAR_FUTURE_US = 2**60


def influx_store(influx: Influx) -> TimeSeriesStore:
    return open_influx(influx.url, influx.token, influx.org, influx.new_bucket())


@pytest.fixture(params=["sqlite", "sqlite sealed", "influx"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TimeSeriesStore]:
    """An empty store; the sealed one is house-kept to the end before every reading."""
    on_influx = request.param == "influx"
    opened = influx_store(request.getfixturevalue("influx")) if on_influx else SqliteStore(tmp_path / "data")
    if request.param == "sqlite sealed":
        opened = sealing(opened)
    yield opened
    opened.close()


def seal_all(store: Maintained) -> None:
    while store.maintain(FAR_FUTURE_US):
        pass


def sealing(store: SqliteStore) -> SqliteStore:
    """The same store, sealed after every write."""
    write = store.write

    def write_and_seal(frames):
        result = write(frames)
        seal_all(store)
        return result

    store.write = write_and_seal
    return store


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "data")
    yield opened
    opened.close()
