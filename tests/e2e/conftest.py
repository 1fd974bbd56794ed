"""The chain as separate processes against a real mosquitto."""

import sys
from pathlib import Path

import pytest

from tests.support.chain import Chain
from tests.support.processes import Mosquitto, Process

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def script() -> str:
    """What the virtual wearer does; a test that wants another one overrides this."""
    return "endless"


@pytest.fixture
def chain(tmp_path, script):
    broker = Mosquitto(tmp_path)
    ingest = Process(
        "ingest",
        [sys.executable, "-m", "tempoband.app", "ingest"],
        tmp_path,
        {
            "TEMPOBAND_INGEST_MQTT__PORT": str(broker.port),
            "TEMPOBAND_INGEST_STORE": str(tmp_path / "store"),
        },
    )
    program = [sys.executable, str(PROGRAMS / "virtual_bridge.py"), str(broker.port)]
    folders = [str(tmp_path / "spool"), str(tmp_path / "ledger.bin")]
    bridge = Process("bridge", [*program, *folders, "1", script], tmp_path)
    drain = Process("drain", [*program, *folders, "0"], tmp_path)
    analytics = Process(
        "analytics",
        [sys.executable, "-m", "tempoband.app", "analytics"],
        tmp_path,
        {
            "TEMPOBAND_ANALYTICS_MQTT__PORT": str(broker.port),
            "TEMPOBAND_ANALYTICS_DATA_DIR": str(tmp_path / "store"),
        },
    )
    chain = Chain(tmp_path, broker, ingest, bridge, drain, analytics)
    yield chain
    chain.close()
