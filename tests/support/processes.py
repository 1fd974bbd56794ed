"""Programs that a test starts, kills and starts again; a real mosquitto; the chain made of them."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition: Callable[[], object], what: str, timeout_s: float = 60.0) -> object:
    """Wait for something another process does; the time-out only bounds a failing test."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    pytest.fail(f"waited {timeout_s:g} s in vain for: {what}")


@dataclass
class Process:
    """A program that a test starts, stops, kills and starts again."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **self.environment}
            )

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        assert self.end(signal.SIGKILL) == -signal.SIGKILL, f"{self.name} had ended before the kill"

    def stop(self) -> int:
        return self.end(signal.SIGTERM)

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=10)


class Mosquitto(Process):
    """A real broker with explicit limits."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:" + os.environ.get("PATH", ""))
        if program is None:
            pytest.skip("NO MOSQUITTO: install the Debian package mosquitto to run this test")
        self.port = free_port()
        data = folder / "mosquitto"
        data.mkdir(exist_ok=True)
        config = folder / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\n{user}"
            f"persistence true\npersistence_location {data}/\nautosave_interval 5\n"
            "max_inflight_messages 1000\nmax_queued_messages 100000\n"
        )
        super().__init__("mosquitto", [program, "-c", str(config)], folder)

    def start(self) -> None:
        super().start()
        until(self.listening, "mosquitto to listen")

    def listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False
