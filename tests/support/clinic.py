"""A clinic as processes of its own, behind a real mosquitto with rules; and a home as one process."""

import contextlib
import re
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.storage.timeseries.open import open_store
from tests.conftest import PROJECT
from tests.deploy.broker import ClinicBroker
from tests.support.ledger import Series
from tests.support.processes import Process, free_port, until

SECRET = "secret of the services"  # noqa: S105
LINE = struct.Struct("<Bdf")
PROGRAMS = PROJECT / "tests" / "e2e" / "programs"


def samples(folder: Path, sensor: str | None = None) -> Series:
    """(UTC us, newtons) of every stored sample of a sensor; the only one when none is named."""
    store = open_store(folder, writable=False)
    try:
        names = store.sensors()
        if not names:
            return np.array([]), np.array([])
        curve = store.read(sensor or names[0], 0, 2**62)
        return curve.time_us, curve.tension_n
    finally:
        store.close()


@dataclass
class Clinic:
    """Broker, ingest, analytics and dashboard."""

    folder: Path
    broker: ClinicBroker = field(init=False)
    page: int = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.broker = ClinicBroker(self.folder, {"TEMPOBAND_MQTT_PASSWORD": SECRET})
        (self.broker.root / "enrolled").mkdir(exist_ok=True)
        self.page = free_port()
        self.ingest, self.analytics, self.dashboard = (
            self._process(name) for name in ("ingest", "analytics", "dashboard")
        )
        self.api = httpx.Client(base_url=self.url, headers={"Origin": self.url}, timeout=20)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.page}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _process(self, name: str) -> Process:
        prefix = f"TEMPOBAND_{name.upper()}_"
        records = f"sqlite:///{self.data / 'records.sqlite'}"
        given = {
            f"{prefix}MQTT__PORT": str(self.broker.port),
            f"{prefix}MQTT__USERNAME": "tempoband",
            f"{prefix}MQTT__PASSWORD": SECRET,
            "TEMPOBAND_INGEST_STORE": str(self.data),
            "TEMPOBAND_INGEST_RECORDS_URL": records,
            "TEMPOBAND_ANALYTICS_DATA_DIR": str(self.data),
            "TEMPOBAND_DASHBOARD_DATA_DIR": str(self.data),
            "TEMPOBAND_DASHBOARD_PORT": str(self.page),
            "TEMPOBAND_UPLINK_BROKER_FILES": str(self.broker.root / "enrolled"),
        }
        return Process(name, [sys.executable, "-m", "tempoband.app", name], self.folder, given)

    def start(self) -> None:
        self.data.mkdir(exist_ok=True)
        self.broker.start()
        self.dashboard.start()
        until(lambda: self.get("/api/info"), "the clinic's dashboard", 90)
        self.ingest.start()
        self.analytics.start()

    def get(self, path: str):
        try:
            answer = self.api.get(path)
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == httpx.codes.OK else None

    def post(self, path: str, body: object = None) -> httpx.Response:
        return self.api.post(path, json=body)

    def home(self, number: int = 0) -> dict:
        return self.get("/api/homes")[number]

    def close(self) -> None:
        self.api.close()
        for part in (self.ingest, self.analytics, self.dashboard, self.broker):
            part.close()


class Home(Process):
    """``tempoband up --clinic`` beside a virtual sensor."""

    def __init__(self, folder: Path, clinic_url: str, code: str, script: str = "endless") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = folder / "home"
        self.data.mkdir()
        self.ledger = folder / "ledger.bin"
        program = str(PROGRAMS / "virtual_home.py")
        command = [sys.executable, program, str(self.data), str(self.ledger), clinic_url, code, script]
        super().__init__("home", command, folder)

    @property
    def url(self) -> str:
        return (self.data / "address").read_text()

    def get(self, path: str):
        with contextlib.suppress(httpx.TransportError, OSError):
            answer = httpx.get(self.url + path, timeout=20)
            return answer.json() if answer.status_code == httpx.codes.OK else None
        return None

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        return httpx.request(method, self.url + path, json=body, headers={"Origin": self.url}, timeout=20)

    def sent(self) -> Series:
        """(true UTC s, newtons) of every sample handed to the radio."""
        rows = list(LINE.iter_unpack(self.ledger.read_bytes())) if self.ledger.exists() else []
        mine = np.array([(t, kg * NEWTONS_PER_KGF) for _, t, kg in rows]).reshape(-1, 2)
        return mine[:, 0], mine[:, 1]

    def said(self, pattern: str) -> bool:
        return re.search(pattern, self.log.read_text()) is not None
