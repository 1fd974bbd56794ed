"""A real mosquitto that a test may stop, kill and start again."""

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest

PROGRAM = "/usr/sbin/mosquitto"
CONFIG = """
allow_anonymous {anonymous}
max_inflight_messages 1000
max_queued_messages 100000
persistence false
listener {port} 127.0.0.1
{extra}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """``extra`` is appended to the listener's section of the configuration; ``whole`` replaces all of it."""

    def __init__(
        self,
        folder: Path,
        extra: str = "",
        *,
        anonymous: bool = True,
        whole: str | None = None,
        port: int | None = None,
    ) -> None:
        program = shutil.which("mosquitto", path=f"{PROGRAM.rpartition('/')[0]}:/usr/bin:/usr/local/sbin")
        if program is None:
            pytest.skip("NO MOSQUITTO: install the package mosquitto to run this test")
        self._program = program
        self.port = port or free_port()
        self._config = folder / f"mosquitto-{self.port}.conf"
        text = CONFIG.format(port=self.port, extra=extra, anonymous=str(anonymous).lower())
        self._config.write_text(text if whole is None else whole)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail("mosquitto did not start")

    def kill(self) -> None:
        """SIGKILL: nothing is saved."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
