"""The stage as tests hold it: a real chain whose one wearer does what the test says."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).resolve().parents[2]
STARTED_WITHIN_S = 150.0
STOPPED_WITHIN_S = 60.0


@dataclass
class Stage:
    """Started by ``begin``; after ``end`` it may begin again where it stopped, on the same port."""

    folder: Path
    address: str = ""
    sensor: str = ""
    _process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the chain; returns when its sensor streams."""
        port = self.address.rsplit(":", 1)[-1] if self.address else "0"
        log = self.folder / "log"
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("stage.py")), str(self.folder / "data"), port],
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(PROJECT)},
            )
        deadline = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text(errors="replace")):
                self.address = found.group()
                with contextlib.suppress(httpx.HTTPError):
                    streaming = [s for s in self.get("/api/sensors") if s["state"] == "streaming"]
                    if streaming:
                        self.sensor = streaming[0]["sensor"]
                        return
            time.sleep(0.2)
        raise AssertionError(f"the stage did not start:\n{log.read_text(errors='replace')[-3000:]}")

    def end(self, *, kill: bool = False) -> None:
        """Stop the chain; with ``kill`` as a power cut does."""
        if self._process is None:
            return
        self._process.kill() if kill else self._process.terminate()
        self._process.wait(STOPPED_WITHIN_S)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    def act(self, do: str, **how: Any) -> None:
        """What the wearer does from now on."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **how}).encode() + b"\n")
        self._process.stdin.flush()

    def get(self, path: str) -> Any:
        return httpx.get(self.address + path, timeout=20.0).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        headers = {"origin": self.address}
        return (
            httpx.post(self.address + path, json=body, headers=headers, timeout=20.0)
            .raise_for_status()
            .json()
        )

    def wearer(self, name: str, *plans: dict[str, Any]) -> dict[str, Any]:
        """A new person who wears the sensor, with these prescriptions in force."""
        person = self.post("/api/people", {"name": name})
        for plan in plans:
            self.post(f"/api/people/{person['id']}/prescriptions", {"days_per_week": 7, **plan})
        httpx.put(
            f"{self.address}/api/sensors/{self.sensor}/person",
            json={"person_id": person["id"]},
            headers={"origin": self.address},
            timeout=20.0,
        ).raise_for_status()
        found: dict[str, Any] = self.get(f"/api/people/{person['id']}")
        return found

    def sets(self, person: dict[str, Any]) -> list[dict[str, Any]]:
        """The person's sets, newest first."""
        found: list[dict[str, Any]] = self.get(f"/api/sets?person={person['id']}&limit=20")["sets"]
        return found

    def close_sets(self) -> None:
        """End what a test left open: the next wearer begins anew."""
        for sensor in self.get("/api/sensors"):
            if sensor["open_set"]:
                self.post(f"/api/sets/{sensor['open_set']['id']}/close", None)

    def wait(self, found: Any, words: str, within_s: float = 60.0) -> Any:
        """The first thing ``found`` gives; asked again and again."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if thing := found():
                return thing
            time.sleep(0.3)
        raise AssertionError(f"{words} did not come within {within_s:g} s")
