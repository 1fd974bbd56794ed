"""SIGKILL of ingest at random instants and exactly between commit and receipt; the broker dies too."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tempoband.contracts.frame import Frame
from tempoband.contracts.ranges import expand
from tempoband.contracts.topics import HEARTBEATS, UpKind, up
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.timeseries.sqlite import SqliteStore
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME
from tests.ingest.sender import Sender
from tests.messaging.mosquitto import Mosquitto
from tests.messaging.tasks import running, until
from tests.timeseries.making import make_frame, samples_of

WORKER = Path(__file__).with_name("worker.py")
FOREVER = (0, 2**52)
STREAMS = 8

pytestmark = pytest.mark.mosquitto


@asynccontextmanager
async def worker(port: int, folder: Path, die_after: int = -1) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that is gone afterwards, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(WORKER), str(port), str(folder), str(die_after), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def feed(bridges: list[Sender], sent: dict[str, list[Frame]], chance: random.Random) -> None:
    """A few frames of every stream, all the time; ``sent`` grows."""
    while True:
        for number, bridge in enumerate(bridges):
            frames = sent.setdefault(f"band-{number}", [])
            for _ in range(chance.randint(1, 6)):
                frames.append(make_frame(f"{number + 1:016x}", len(frames), samples=8))
                bridge.send(f"band-{number}", frames[-1:])
        await asyncio.sleep(0.1)


def receipted(bridges: list[Sender]) -> set[tuple[str | None, int]]:
    receipts = [receipt for bridge in bridges for receipt in bridge.receipts]
    return {(receipt.stream, seq) for receipt in receipts for seq in expand(receipt.committed)}


def assert_stored_once(folder: Path, sent: dict[str, list[Frame]]) -> None:
    store = SqliteStore(folder, writable=False)
    for sensor, frames in sent.items():
        curve = store.read(sensor, *FOREVER)
        stored_us = [t for f in store.frames(sensor, *FOREVER) for t in f.frame.time_us.tolist()]
        assert sorted(stored_us) == curve.time_us.tolist() == samples_of(frames)[0].tolist()
    store.close()


async def test_senml_packs_that_come_again_after_a_kill_are_stored_once(mosquitto: Mosquitto, tmp_path: Path):
    """Killed between commit and acknowledgement, with equal packs among them; the broker says it again."""
    folder = tmp_path / "store"
    link = MqttLink(MqttSettings(port=mosquitto.port), "esphome")
    beats: list[Delivery] = []
    link.subscribe(HEARTBEATS, 1, beats.append)
    topic = up("home", "scale", UpKind.SENML)
    packs = [json.dumps([{"n": "force", "u": "N", "v": value}]).encode() for value in (0, 0, 0, 1, 2, 0)]

    def stored() -> list[float]:
        if not (folder / FILE_NAME).exists():
            return []
        store = SqliteStore(folder, writable=False)
        try:
            return store.read("scale", *FOREVER).tension_n.round(3).tolist()
        finally:
            store.close()

    async with running(link.run()):
        await until(lambda: link.connected, "connection")
        async with worker(mosquitto.port, folder):
            await until(lambda: beats, "the worker")
            await link.publish(topic, packs[0])
            await until(lambda: stored() == [0], "the first one")
        for kills in range(1, 4):
            for pack in packs:
                await link.publish(topic, pack)
            async with worker(mosquitto.port, folder, die_after=1) as process:
                await asyncio.wait_for(process.wait(), 60)
            assert len(stored()) >= 1 + 6 * kills - 5
        await link.publish(topic, b'[{"n":"force","u":"N","v":9}]')
        async with worker(mosquitto.port, folder):
            await until(lambda: 9 in stored(), "the last one")
    assert sorted(stored()) == sorted([0] + 3 * [0, 0, 0, 1, 2, 0] + [9])


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])])
async def test_sigkill_loses_nothing_and_stores_nothing_twice(
    mosquitto: Mosquitto, tmp_path: Path, kills: int
):
    chance = random.Random(kills)
    bridges = [Sender(MqttSettings(port=mosquitto.port), f"home-{n}") for n in range(STREAMS)]
    sent: dict[str, list[Frame]] = {}
    folder = tmp_path / "store"
    resending = [b.keep_sending(1.0) for b in bridges]
    async with running(*(b.link.run() for b in bridges), feed(bridges, sent, chance), *resending):
        for kill in range(kills):
            die_after = chance.randint(1, 5) if kill % 2 else -1
            async with worker(mosquitto.port, folder, die_after) as process:
                if die_after > 0:
                    await asyncio.wait_for(process.wait(), 60)
                else:
                    done = sum(len(b.receipts) for b in bridges)
                    await until(lambda d=done: sum(len(b.receipts) for b in bridges) > d, "receipts")
                    await asyncio.sleep(chance.uniform(0, 0.3))
            if kill % 3 == 2:
                mosquitto.kill()
                mosquitto.start()
    resending = [b.keep_sending(0.2) for b in bridges]
    async with worker(mosquitto.port, folder), running(*(b.link.run() for b in bridges), *resending):
        everything = {(f.stream, f.seq) for frames in sent.values() for f in frames}
        await until(lambda: receipted(bridges) == everything, "every receipt")
    assert_stored_once(folder, sent)
