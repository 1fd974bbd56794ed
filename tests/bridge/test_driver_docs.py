"""The driver of docs/drivers.md, installed as a package of its own, streams from a virtual sensor."""

import asyncio
import contextlib
import importlib
import os
import re
import socket
import struct
import subprocess
import sys
import time
import tomllib

import httpx
import numpy as np
import pytest
from bumble.gatt import Characteristic, Service

from firmware_bridge.drivers.registry import load_drivers
from tempoband.contracts.frame import ClockKind
from tempoband.simulator.peripheral import Peripheral
from tests.conftest import PROJECT

DATA = "0000feed-0000-1000-8000-00805f9b34fb"
PERIOD_S, PER_PACKET = 0.02, 5


class VirtualSpringScale(Peripheral):
    """Streams big-endian hundredths of a newton as soon as somebody subscribes."""

    def __init__(self, link):
        properties = Characteristic.Properties
        self._data = Characteristic(DATA, properties.NOTIFY, Characteristic.READABLE, b"")
        super().__init__(link, "D0:00:00:00:05:01", "SpringScale 7", Service(DATA, [self._data]))
        self.sent = []

    async def power_on(self):
        await super().power_on()
        self.spawn(self._stream())

    async def _stream(self):
        number = 0
        while True:
            await asyncio.sleep(PERIOD_S * PER_PACKET)
            values = [(number + i) % 3000 - 1500 for i in range(PER_PACKET)]
            number += PER_PACKET
            if self._connection:
                self.sent += values
            await self.notify(self._data, struct.pack(f">{PER_PACKET}h", *values))


def blocks():
    """The files of the page, by name: each begins with its name in a comment."""
    text = (PROJECT / "docs" / "drivers.md").read_text()
    return dict(re.findall(r"```\w+\n# ([\w.]+)[^\n]*\n(.*?)```", text, re.DOTALL))


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """What an installer makes of the two blocks of the page."""
    site, project = tmp_path / "site", tomllib.loads(blocks()["pyproject.toml"])["project"]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (site / "springscale.py").write_text(blocks()["springscale.py"])
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0.0\n")
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
        for group, points in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    yield site
    sys.modules.pop("springscale", None)


def test_the_documented_driver_is_about_40_lines():
    lines = [
        line for line in blocks()["springscale.py"].splitlines() if line.strip() and not line.startswith("#")
    ]
    assert len(lines) <= 42


@pytest.mark.usefixtures("installed")
async def test_a_driver_in_a_package_of_its_own_is_found_and_streams(world):
    assert {"progressor", "springscale"} <= {driver.name for driver in load_drivers()}
    scale = VirtualSpringScale(world.radio.link)
    await scale.power_on()
    world.start(drivers=load_drivers())
    await world.streaming("springscale-7")
    await asyncio.sleep(30)
    await world.stop()
    await scale.power_off()
    stored = world.ingest.counts("springscale-7")
    first = scale.sent.index(stored[0])
    assert stored == scale.sent[first : first + len(stored)]
    assert len(stored) > 1400
    frames = world.ingest.of("springscale-7")
    assert {f.clock for f in frames} == {ClockKind.ARRIVAL}
    assert frames[0].tension_n[0] == pytest.approx(stored[0] / 100)
    steps = np.diff(world.ingest.times_us("springscale-7"))[500:]
    assert steps.mean() == pytest.approx(PERIOD_S * 1e6, rel=0.01)


@pytest.mark.usefixtures("installed")
def test_the_documented_decoder_keeps_the_rules():
    from springscale import decode

    from firmware_bridge.errors import DecodeError

    assert decode(struct.pack(">2h", -5, 1500)).counts.tolist() == [-5, 1500]
    for bad in (b"", b"\0", b"\0\0\0"):
        with pytest.raises(DecodeError):
            decode(bad)


def test_the_trial_of_the_page_streams_without_a_sensor(installed, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = tmp_path / "try_springscale.py"
    script.write_text(blocks()["try_springscale.py"].replace("8765", str(port)))
    paths = os.pathsep.join([str(installed), str(PROJECT)])
    with (tmp_path / "log").open("wb") as log:
        trial = subprocess.Popen(
            [sys.executable, script], env={**os.environ, "PYTHONPATH": paths}, stdout=log, stderr=log
        )
    try:
        [scale] = _streaming(f"http://127.0.0.1:{port}/api/sensors", trial)
    finally:
        trial.kill()
        trial.wait()
    assert (scale["name"], scale["driver"], scale["simulated"]) == ("SpringScale 7", "springscale", True)


def _streaming(address, trial):
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline and trial.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            sensors = httpx.get(address, timeout=10).json()
            if any(sensor["state"] == "streaming" for sensor in sensors):
                return sensors
        time.sleep(0.3)
    raise AssertionError("the trial did not stream")
