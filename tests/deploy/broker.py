"""The broker of the compose file: its own configuration, access rules and start script, moved to a folder."""

import contextlib
import os
import shutil
import socket
from pathlib import Path

import pytest

from tempoband.contracts.topic_rules import Holder
from tempoband.identity.secrets import hash_secret
from tempoband.storage.records.bridges import Bridge
from tempoband.uplink.admission import ACL, PASSWORDS, broker_files
from tests.conftest import PROJECT
from tests.support.processes import Process, free_port, until

SOURCE = PROJECT / "deploy" / "mosquitto"
PATHS = ("/usr/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin")


class ClinicBroker(Process):
    def __init__(self, folder: Path, environment: dict[str, str], *, tls: bool = False) -> None:
        path = ":".join([*PATHS, os.environ.get("PATH", "")])
        if not (shutil.which("mosquitto", path=path) and shutil.which("mosquitto_passwd", path=path)):
            pytest.skip("NO MOSQUITTO: install the Debian package mosquitto to run this test")
        self._enrolled: dict[str, Bridge] = {}
        self.port, self.tls_port = free_port(), free_port()
        self.root = folder / "mosquitto"
        moved = {"/mosquitto/": f"{self.root}/", "listener 1883": f"listener {self.port} 127.0.0.1"}
        moved |= {"listener 8883": f"listener {self.tls_port} 127.0.0.1"}
        for name in ("mosquitto.conf", "acl", "start.sh"):
            self._copy(name, f"config/{name}", moved)
        if tls:
            self._copy("listeners-tls/tls.conf", "listeners/tls.conf", moved)
        for name in ("data", "listeners", "certs"):
            (self.root / name).mkdir(exist_ok=True)
        if os.geteuid() == 0:
            with (self.root / "config/mosquitto.conf").open("a") as config:
                config.write("user root\n")  # the temporary folder is root's
        command = ["sh", str(self.root / "config/start.sh")]
        super().__init__("mosquitto", command, folder, {"PATH": path, **environment})

    def _copy(self, source: str, target: str, moved: dict[str, str]) -> None:
        text = (SOURCE / source).read_text()
        for old, new in moved.items():
            text = text.replace(old, new)
        path = self.root / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)

    def start(self) -> None:
        super().start()
        until(self.listening, "the broker")

    def enrol(self, name: str, secret: str) -> None:
        """As the dashboard writes it into the volume that both share."""
        self._enrolled[name] = Bridge(name, Holder.BRIDGE, name, hash_secret(secret), 0, "test")
        folder = self.root / "enrolled"
        folder.mkdir(exist_ok=True)
        acl, passwords = broker_files(list(self._enrolled.values()))
        (folder / ACL).write_text(acl)
        (folder / PASSWORDS).write_text(passwords)

    def listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False
