"""``tempoband demo`` and ``up``, started as a newcomer starts them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.processes import free_port, until

pytestmark = pytest.mark.timeout(180)
# Without D-Bus there is no Bluetooth, whatever this machine has.
ENVIRONMENT = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent", "COLUMNS": "200"}


class Started:
    """A running command with its address; what it prints goes to a file."""

    def __init__(self, folder: Path, command: str, *arguments: str) -> None:
        self._output = folder / f"{command}-{free_port()}.log"
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tempoband.app", command, "--no-browser", *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=ENVIRONMENT,
            )
        self.address = until(self._address, "the address to be printed")

    @property
    def output(self) -> str:
        return self._output.read_text()

    def _address(self) -> str | None:
        found = re.search(r"http://\S+", self.output)
        return found.group() if found else None

    def get(self, path: str):
        try:
            answer = httpx.get(self.address + path, timeout=10)
        except httpx.TransportError:
            return 0, None
        return answer.status_code, answer.json()

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@contextmanager
def started(folder: Path, command: str, *arguments: str):
    running = Started(folder, command, *arguments)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def test_the_demo_scores_reps_of_three_simulated_wearers_and_ends_cleanly(tmp_path):
    with started(tmp_path, "demo", "--port", "0", "--data-dir", str(tmp_path)) as demo:
        until(lambda: demo.get("/healthz")[0] == 200, "every part to run")
        sensors = until(
            lambda: len(demo.get("/api/sensors")[1]) == 3 and demo.get("/api/sensors")[1], "sensors"
        )
        assert all(sensor["simulated"] for sensor in sensors)
        assert demo.get("/api/info")[1]["simulated"] is True
        found = until(lambda: scored(demo), "scored reps")
        reps = [rep for one in found for rep in one["reps"]]
        assert {"concentric_start_s", "eccentric_end_s", "peak_n", "faults", "tempo"} <= set(reps[0])
        people = demo.get("/api/compliance?days=7")[1]["people"]
        assert len(people) == 3
        assert demo.interrupt() == 0
    assert "ended cleanly" in demo.output
    assert "raceback" not in demo.output


def scored(demo: Started):
    _, answer = demo.get("/api/sets?limit=20")
    return [one for one in (answer or {"sets": []})["sets"] if one["reps"]]


def test_a_second_demo_in_the_same_folder_knows_its_people(tmp_path):
    for _ in range(2):
        with started(tmp_path, "demo", "--port", "0", "--data-dir", str(tmp_path)) as demo:
            until(lambda demo=demo: len(demo.get("/api/people")[1] or []) == 3, "three people")
            time.sleep(1)
            assert len(demo.get("/api/people")[1]) == 3
            assert demo.interrupt() == 0


def test_the_demo_stops_by_itself_after_the_asked_time(tmp_path):
    with started(tmp_path, "demo", "--port", "0", "--duration", "4") as demo:
        assert demo.process.wait(timeout=60) == 0
    assert "ended cleanly" in demo.output


def refused(command: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tempoband.app", command, "--no-browser", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr.replace("\n", " ")


@pytest.mark.parametrize("command", ["demo", "up"])
def test_a_taken_port_is_a_clear_error(command, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = refused(command, "--port", port, "--data-dir", str(tmp_path))
    assert f"port {port}" in words
    assert "--port" in words


def test_a_data_folder_in_use_is_a_clear_error(tmp_path):
    folder = str(tmp_path)
    with started(tmp_path, "demo", "--port", "0", "--data-dir", folder) as first:
        until(lambda: first.get("/healthz")[0] == 200, "the first one to run")
        words = refused("up", "--port", "0", "--data-dir", folder)
    assert folder in words
    assert "a writer" in words


def test_up_without_bluetooth_says_so_and_keeps_the_dashboard(tmp_path):
    with started(tmp_path, "up", "--port", "0", "--data-dir", str(tmp_path)) as up:
        until(lambda: up.get("/healthz")[0] == 200, "the dashboard")
        bridges = until(lambda: [b for b in up.get("/api/bridges")[1] or [] if b["problem"]], "the problem")
        assert bridges[0]["problem"] == "no_adapter"
        assert "Bluetooth" in bridges[0]["detail"]
        assert up.get("/api/info")[1]["simulated"] is False
        assert up.interrupt() == 0
    assert "raceback" not in up.output
