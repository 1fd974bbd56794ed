"""The clinic of the compose file without its containers: the same settings, brokers, databases, programs."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import numpy as np
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.client import topic_matches_sub

from tempoband.contracts.events import Heartbeat
from tempoband.contracts.ledger import StreamEnded, encode_note
from tempoband.contracts.receipts import decode_receipt
from tempoband.contracts.topics import HEARTBEATS, UpKind, receipts, up
from tests.deploy.broker import ClinicBroker
from tests.deploy.composed import make_env, services
from tests.stores.contract import make, new_stream
from tests.support.processes import Process, free_port, until

pytestmark = [pytest.mark.mosquitto, pytest.mark.timeout(400)]

BRIDGE, SENSOR = "bridge-1", "Progressor_1"
RATE_HZ, PER_FRAME = 80, 8
LEAD_IN_S, REP_S, REPS, REST_S = 5, 4, 8, 40


@dataclass
class Clinic:
    broker: ClinicBroker
    ingest: Process
    analytics: Process
    dashboard: Process
    page: str
    env: dict[str, str]
    checks: dict[str, list[str]]

    def healthy(self, name: str) -> bool:
        """What Docker would say: the health check of the compose file."""
        process: Process = getattr(self, name)
        environment = {**os.environ, **process.environment}
        asked = subprocess.run(self.checks[name], env=environment, capture_output=True, check=False)
        return asked.returncode == 0


@pytest.fixture
def database(postgres) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def clinic(tmp_path, influx, database) -> Iterator[Clinic]:
    env = make_env()
    found = services(env)
    broker = ClinicBroker(tmp_path, found["mosquitto"]["environment"])
    bucket, page = influx.new_bucket(), free_port()
    store = f"{influx.url}?org={influx.org}&bucket={bucket}"
    moved = {
        "MQTT__HOST": "127.0.0.1",
        "MQTT__PORT": str(broker.port),
        "STORE": store,
        "STORE_URL": store,
        "RECORDS_URL": database,
        "DATA_DIR": str(tmp_path / "ingest"),
        "METRICS_PORT": str(free_port()),
        "PORT": str(page),
        "INFLUX_TOKEN": influx.token,
        "BROKER_FILES": str(broker.root / "enrolled"),
    }

    def process(name: str) -> Process:
        given = {key: str(value) for key, value in found[name]["environment"].items()}
        prefix = f"TEMPOBAND_{name.upper()}_"
        for key, value in given.items():
            short = key.removeprefix(prefix).removeprefix("TEMPOBAND_UPLINK_").removeprefix("TEMPOBAND_")
            given[key] = moved.get(short, value)
        given.pop("NUMBA_CACHE_DIR", None)  # out here the compiled scorer may be there already
        given[f"{prefix}MQTT__PORT"] = moved["MQTT__PORT"]
        return Process(
            name, [sys.executable, "-m", "tempoband.app", *found[name]["command"]], tmp_path, given
        )

    parts = [process(name) for name in ("ingest", "analytics", "dashboard")]
    checks = {
        name: [sys.executable, *found[name]["healthcheck"]["test"][2:]] for name in ("ingest", "dashboard")
    }
    checks["ingest"][-1] = checks["ingest"][-1].replace(":9464/", f":{moved['METRICS_PORT']}/")
    yield Clinic(broker, *parts, f"http://127.0.0.1:{page}", env, checks)
    for part in [*parts, broker]:
        part.close()
    influx.drop_bucket(bucket)


def get(page: str, path: str):
    try:
        answer = httpx.get(page + path, timeout=10)
    except httpx.TransportError:
        return None
    return answer.json() if answer.status_code == httpx.codes.OK else None


def recording(stream: str):
    """Eight calm reps between 5 and 45 N, done a while ago, as frames of a bridge."""
    seconds = LEAD_IN_S + REPS * REP_S + REST_S
    time_s = np.arange(seconds * RATE_HZ) / RATE_HZ
    at_s = time_s - LEAD_IN_S
    working = (at_s >= 0) & (at_s < REPS * REP_S)
    height = np.where(working, 0.5 - 0.5 * np.cos(2 * np.pi * at_s / REP_S), 0)
    noise = np.random.default_rng(3).normal(0, 0.05, len(time_s))
    counts = np.round((5 + 40 * height + noise + 1.5) / 0.0098).astype(int)
    start_us = time.time_ns() // 1000 - (seconds + 60) * 1_000_000
    step_us = 1_000_000 // RATE_HZ
    return [
        make(SENSOR, stream, seq, counts[at : at + PER_FRAME], t0_us=start_us + at * step_us, bridge=BRIDGE)
        for seq, at in enumerate(range(0, len(counts), PER_FRAME))
    ]


class HomeBridge:
    """Sends what it is given and counts what is receipted."""

    def __init__(self, port: int, password: str) -> None:
        self.committed: set[int] = set()
        self.notes: list[bytes] = []
        self.rejected: list[object] = []
        self.ingest_accepts = False
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=BRIDGE)
        self._client.username_pw_set(BRIDGE, password)
        self._client.on_message = self._on_message
        # Refused until the broker has read its files again, paho tries again by itself.
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(receipts(BRIDGE), 1), (HEARTBEATS, 1)]
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _on_message(self, _client, _userdata, message) -> None:
        if topic_matches_sub(HEARTBEATS, message.topic):
            self.ingest_accepts = Heartbeat.model_validate_json(message.payload).accepting
            return
        receipt = decode_receipt(message.payload)
        for first, last in receipt.committed:
            self.committed |= set(range(first, last + 1))
        self.notes += receipt.notes
        self.rejected += receipt.rejected

    def send(self, kind: UpKind, payload: bytes) -> None:
        self._client.publish(up(BRIDGE, SENSOR, kind), payload, 1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_a_set_goes_from_a_bridge_to_the_page(clinic: Clinic):
    clinic.broker.start()
    clinic.dashboard.start()
    until(lambda: get(clinic.page, "/api/info"), "the dashboard", 60)
    clinic.ingest.start()
    clinic.analytics.start()
    enrol = ["bridge", "enrol", BRIDGE, "--secret-from", "TEMPOBAND_BRIDGE_PASSWORD"]  # docs/clinic.md
    environment = {**os.environ, **clinic.dashboard.environment}
    subprocess.run([sys.executable, "-m", "tempoband.app", *enrol], env=environment, check=True)
    stream = new_stream()
    frames = recording(stream)
    bridge = HomeBridge(clinic.broker.port, clinic.env["TEMPOBAND_BRIDGE_PASSWORD"])
    until(lambda: bridge.ingest_accepts, "ingest", 60)
    until(lambda: clinic.healthy("ingest") and clinic.healthy("dashboard"), "everything to be healthy", 60)
    for stored in frames:
        bridge.send(UpKind.BACKFILL, stored.payload)
    bridge.send(UpKind.LEDGER, encode_note(StreamEnded(stream, len(frames) - 1)))
    until(lambda: len(bridge.committed) == len(frames) and bridge.notes, "every frame to be receipted", 60)
    assert bridge.rejected == []
    done = until(lambda: finished(clinic.page), "the set to be found and scored", 150)
    assert len(done["reps"]) == REPS
    assert done["sensor"] == SENSOR
    csv = httpx.get(
        f"{clinic.page}/api/sensors/{SENSOR}/samples.csv",
        params={"start_us": frames[0].frame.t0_us, "end_us": frames[-1].frame.end_us + 1},
        timeout=20,
    )
    assert len(csv.text.splitlines()) == 1 + len(frames) * PER_FRAME
    bridge.close()
    for part in (clinic.ingest, clinic.analytics, clinic.dashboard):
        part.stop()
    assert not clinic.healthy("ingest")
    assert not clinic.healthy("dashboard")
    secrets = [value for name, value in clinic.env.items() if "PASSWORD" in name or "TOKEN" in name]
    for part in (clinic.ingest, clinic.analytics, clinic.dashboard, clinic.broker):
        assert not [secret for secret in secrets if secret in part.log.read_text()]


def finished(page: str):
    found = (get(page, "/api/sets?limit=5") or {"sets": []})["sets"]
    return next((item for item in found if item["status"] == "final" and item["reps"]), None)


def test_ingest_tells_what_is_wrong_with_the_store(clinic: Clinic, influx):
    clinic.broker.start()
    clinic.ingest.environment["TEMPOBAND_INFLUX_TOKEN"] = "outdated"  # noqa: S105
    clinic.ingest.start()
    assert clinic.ingest.process.wait(60) != 0
    said = clinic.ingest.log.read_text()
    assert "token is refused" in said
    assert urlsplit(influx.url).netloc in said
