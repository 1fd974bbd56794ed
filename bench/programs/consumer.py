"""One consumer of frames: prints ``ready``, then the CPU seconds from there until N messages are dealt with.

``python -m bench.programs.consumer bare|naive|ingest|away PORT N FOLDER [URL]``
"""

import asyncio
import gc
import json
import logging
import resource
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import process_time

import paho.mqtt.client as paho
import structlog
from influxdb_client import InfluxDBClient, Point, WritePrecision
from influxdb_client.client.write_api import SYNCHRONOUS

from ingest.service import Ingest
from ingest.settings import IngestSettings
from tempoband.contracts.topics import ROOT
from tempoband.messaging.settings import MqttSettings
from tempoband.observability.health import Health
from tempoband.storage.timeseries.sqlite import SqliteStore

POINTS_A_WRITE = 500 * 25  # as many as a commit of ours


class CountingStore(SqliteStore):
    """The real store; it only tells when enough is committed."""

    def __init__(self, folder: Path, most: int, done: Callable[[], None]) -> None:
        super().__init__(folder)
        self._left, self._done = most, done

    def write(self, frames):
        result = super().write(frames)
        self._left -= len(frames)
        if self._left <= 0:
            self._done()
        return result


def subscriber(port: int, most: int, work: Callable[[bytes], None]) -> None:
    """A plain paho subscriber that acknowledges each message and does ``work`` with it."""
    finished = threading.Event()
    seen = 0

    def on_message(_client, _data, message) -> None:
        nonlocal seen
        work(message.payload)
        seen += 1
        if seen == most:
            finished.set()

    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.on_message = on_message
    client.on_connect = lambda *_: client.subscribe(f"{ROOT}/#", 1)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    start = process_time()
    client.loop_start()
    finished.wait()
    report(start)
    client.loop_stop()


class PointWriter:
    """What a first version would do: JSON in, one Point a sample, the client's writer at every batch."""

    def __init__(self, url: str, most: int) -> None:
        self._client = InfluxDBClient(url, "token", org="bench")
        self._writer = self._client.write_api(SYNCHRONOUS)
        self._points: list[Point] = []
        self._left = most

    def __call__(self, payload: bytes) -> None:
        m = json.loads(payload)
        self._points += [
            Point("tension").tag("sensor", "s").field("newtons", newtons).time(time_us, WritePrecision.US)
            for time_us, newtons in zip(m["t"], m["n"], strict=True)
        ]
        self._left -= 1
        if len(self._points) >= POINTS_A_WRITE or self._left == 0:
            self._writer.write("bench", record=self._points)
            self._points = []


async def ingest(port: int, most: int, folder: Path) -> None:
    finished = asyncio.Event()
    loop = asyncio.get_running_loop()
    store = CountingStore(folder, most, lambda: loop.call_soon_threadsafe(finished.set))
    health = Health()
    health.expect("ingest")
    service = Ingest(IngestSettings(mqtt=MqttSettings(port=port), store=str(folder)), store, health=health)
    running = asyncio.create_task(service.run())
    while not health.ok:  # noqa: ASYNC110 - its health is a question, not an event
        await asyncio.sleep(0.01)
    gc.collect()
    print("ready", flush=True)
    start = process_time()
    await finished.wait()
    await asyncio.sleep(0.05)  # receipts and acknowledgements of the last batch belong to it
    report(start)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    store.close()


async def away(port: int, folder: Path) -> None:
    """Its store takes nothing; when standard input ends, the peak memory in MiB is printed."""
    store = SqliteStore(folder)
    store.close()
    settings = IngestSettings(mqtt=MqttSettings(port=port), store=str(folder), store_retry_s=0.05)
    running = asyncio.create_task(Ingest(settings, store).run())
    await asyncio.sleep(1)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def report(start: float) -> None:
    print(process_time() - start, flush=True)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    kind, port, most, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    match kind:
        case "bare":
            subscriber(port, most, lambda _payload: None)
        case "naive":
            subscriber(port, most, PointWriter(sys.argv[5], most))
        case "ingest":
            asyncio.run(ingest(port, most, folder))
        case "away":
            asyncio.run(away(port, folder))


if __name__ == "__main__":
    main()
