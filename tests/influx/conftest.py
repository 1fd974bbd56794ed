"""A real InfluxDB 2: the one ``TEMPOBAND_TEST_INFLUX_URL/_TOKEN/_ORG`` names, or an influxd of our own."""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules

from tempoband.storage.timeseries.influx import InfluxStore, Patience, open_influx

PREFIX = "TEMPOBAND_TEST_INFLUX_"
START_UP_S = 60
IMPATIENT = Patience(attempts=2, first_pause_s=0.01, timeout_s=20)


@dataclass(frozen=True)
class Influx:
    url: str
    token: str
    org: str

    def client(self) -> InfluxDBClient:
        return InfluxDBClient(self.url, self.token, org=self.org, timeout=20_000)

    def new_bucket(self, retention_s: int = 0) -> str:
        name = f"test-{secrets.token_hex(6)}"
        with self.client() as client:
            rules = [BucketRetentionRules(type="expire", every_seconds=retention_s)]
            client.buckets_api().create_bucket(bucket_name=name, retention_rules=rules, org=self.org)
        return name

    def drop_bucket(self, name: str) -> None:
        with self.client() as client:
            buckets = client.buckets_api()
            buckets.delete_bucket(buckets.find_bucket_by_name(name))


class Influxd:
    """An influxd of our own on loopback, in a folder of its own; it can be killed and started again."""

    def __init__(self, program: str, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._command = [
            program,
            f"--http-bind-address=127.0.0.1:{self.port}",
            "--reporting-disabled",  # else it tells its maker about itself
            "--log-level=warn",
            f"--bolt-path={folder / 'influxd.bolt'}",
            f"--sqlite-path={folder / 'influxd.sqlite'}",
            f"--engine-path={folder / 'engine'}",
        ]
        self.start()

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(20)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)

    def set_up(self) -> Influx:
        found = Influx(f"http://127.0.0.1:{self.port}", secrets.token_hex(16), "clinic")
        first = {"username": "admin", "password": secrets.token_hex(16), "bucket": "first"}
        answer = self.request("POST", "/api/v2/setup", {**first, "org": found.org, "token": found.token})
        assert answer.status == 201, answer.data
        return found

    def wait(self) -> None:
        """Until it answers queries: then it asks for a token."""
        assert self.request("POST", "/api/v2/query").status == 401

    def request(self, method: str, path: str, body: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        """Ask, and ask again for as long as it starts."""
        starting = urllib3.Retry(
            total=5 * START_UP_S,
            allowed_methods=None,
            status_forcelist=[503],
            backoff_factor=0.1,
            backoff_max=0.2,
        )
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            return urllib3.request(method, url, json=body, retries=starting, timeout=10)
        except urllib3.exceptions.HTTPError as error:
            log = (self._folder / "log").read_text()
            return pytest.fail(f"influxd does not answer: {error}; its log ends: {log[-2000:]}")


@pytest.fixture(scope="session")
def influxd_program() -> str:
    program = shutil.which("influxd")
    if program is None:
        pytest.skip(f"NO INFLUXDB: put influxd on the PATH, or set {PREFIX}URL, _TOKEN and _ORG")
    return program


@pytest.fixture(scope="session")
def influx(request, tmp_path_factory) -> Iterator[Influx]:
    if f"{PREFIX}URL" in os.environ:
        yield Influx(*(os.environ[PREFIX + name] for name in ("URL", "TOKEN", "ORG")))
        return
    server = Influxd(request.getfixturevalue("influxd_program"), tmp_path_factory.mktemp("influxd"))
    try:
        yield server.set_up()
    finally:
        server.stop()


@pytest.fixture
def own_influxd(influxd_program, tmp_path) -> Iterator[Influxd]:
    """One that the test may kill."""
    server = Influxd(influxd_program, tmp_path)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def bucket(influx: Influx) -> Iterator[str]:
    name = influx.new_bucket()
    yield name
    influx.drop_bucket(name)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def sensor() -> str:
    return f"band-{secrets.token_hex(6)}"


@pytest.fixture
def opened(influx: Influx, bucket: str) -> Callable[[], InfluxStore]:
    return lambda: open_influx(influx.url, influx.token, influx.org, bucket)


@pytest.fixture
def store(opened) -> Iterator[InfluxStore]:
    store = opened()
    yield store
    store.close()
