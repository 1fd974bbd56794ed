"""A PostgreSQL server of its own for a test run, from Debian's binaries."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

BINARIES = Path("/usr/lib/postgresql/15/bin")
_START_LIMIT_S = 60


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _account() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("NO POSTGRESQL: running as root, and there is no account to run it as")


class PostgresServer:
    """A server of its own on loopback, with everything durable switched off."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self._user = _account()
        if self._user is not None:
            shutil.chown(folder, self._user)
        self._data = folder / "data"
        self._run(
            "initdb", "-D", str(self._data), "-A", "trust", "-U", "tempoband", "--no-sync", "-E", "UTF8"
        )
        switches = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 30,
        }
        options = [word for name, value in switches.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [BINARIES / "postgres", "-D", str(self._data), *options],
            user=self._user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        self._count = 0

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [BINARIES / program, *arguments],
            user=self._user,
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_LIMIT_S
        while True:
            try:
                self.admin("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def admin(self, statement: str) -> None:
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            connection.execute(statement)

    def url(self, database: str) -> str:
        return f"postgresql://tempoband@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a new database, dropped at the end."""
        self._count += 1
        name = f"test_{self._count}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self.admin(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)  # at once: nothing here is worth a checkpoint
        self._process.wait(30)
