"""Ingest from a real broker to the committed embedded store, in CPU seconds of the consumer."""

import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.table import Row

MESSAGES = 20_000
NAIVE_MESSAGES = 4_000
SAMPLES = 25
REPEATS = 3
GOAL_NAIVE, GOAL_BARE = 6.0, 1.6


def rows() -> Iterator[Row]:
    if shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        print("NO MOSQUITTO: the ingest figures are left out")
        return
    bare = min(cpu_per_message("bare", "cbor", MESSAGES) for _ in range(REPEATS))
    ours = min(cpu_per_message("ingest", "cbor", MESSAGES) for _ in range(REPEATS))
    naive = min(cpu_per_message("naive", "json", NAIVE_MESSAGES) for _ in range(REPEATS))
    yield Row(
        name="ingest: samples a CPU second",
        value=SAMPLES / ours,
        unit="samples/s of CPU, 25 a frame, committed",
        goal=f">= {GOAL_NAIVE:g} x",
        met=naive / ours >= GOAL_NAIVE,
        baseline="paho + JSON + Point + its write_api, to a server that keeps nothing",
        baseline_value=SAMPLES / naive,
    )
    yield Row(
        name="ingest: CPU a message",
        value=ours * 1e6,
        unit="us",
        goal=f"<= {GOAL_BARE:g} x",
        met=ours / bare <= GOAL_BARE,
        baseline="bare paho subscriber that only counts",
        baseline_value=bare * 1e6,
    )


def cpu_per_message(kind: str, encoding: str, messages: int) -> float:
    with tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as port, sink() as url:
        arguments = [kind, str(port), str(messages), folder, url]
        command = [sys.executable, "-m", "bench.programs.consumer", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as consumer:
            output = consumer.stdout
            if output is None or output.readline().strip() != "ready":
                raise RuntimeError(f"the {kind} consumer did not start")
            publisher = [sys.executable, "-m", "bench.programs.publisher", encoding, str(port), str(messages)]
            subprocess.run(publisher, check=True)
            return float(output.readline()) / messages


class Sink(BaseHTTPRequestHandler):
    """Takes what an InfluxDB would take, for nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def sink() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("mosquitto did not start")


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "mosquitto.conf"
    limits = "max_inflight_messages 1000\nmax_queued_messages 100000\n"
    config.write_text(f"{limits}allow_anonymous true\nlistener {port} 127.0.0.1\n")
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") or ""
    with subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL) as broker:
        try:
            wait_for(port)
            yield port
        finally:
            broker.terminate()
