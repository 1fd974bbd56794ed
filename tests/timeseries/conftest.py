"""Every store the contract holds for. InfluxDB 2 runs where one is to be had."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tempoband.storage.timeseries.base import Maintained, TimeSeriesStore
from tempoband.storage.timeseries.sqlite import SqliteStore

FAR_FUTURE_US = 2**60


def influx_store() -> TimeSeriesStore:
    names = ("TEMPOBAND_TEST_INFLUX_URL", "TEMPOBAND_TEST_INFLUX_TOKEN", "TEMPOBAND_TEST_INFLUX_ORG")
    url, token, org = (os.environ.get(name) for name in names)
    if not (url and token and org):
        pytest.skip(f"NO INFLUXDB 2: set {', '.join(names)} to run the store's contract against it")
    from influxdb_client import InfluxDBClient

    from tempoband.storage.timeseries.influx import open_influx

    bucket = f"contract-{secrets.token_hex(6)}"
    with InfluxDBClient(url, token, org=org) as client:
        client.buckets_api().create_bucket(bucket_name=bucket)
    return open_influx(url, token, org, bucket)


@pytest.fixture(params=["sqlite", "sqlite sealed", "influx"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TimeSeriesStore]:
    """An empty store; the sealed one is house-kept to the end before every reading."""
    opened = influx_store() if request.param == "influx" else SqliteStore(tmp_path / "data")
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
