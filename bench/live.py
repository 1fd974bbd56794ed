"""From a packet published to a page that has it: 1 sensor and 1 page, then 200 sensors and 50 pages.

Everything runs in this one process, load generator and pages too, so the figures are upper bounds. The
baseline is the same frames on a bare subscriber in the same run.
"""

import asyncio
import contextlib
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from bench.table import Row
from dashboard.app import create_app
from dashboard.live.wire import HEADER
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import bind, serve
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, decode_frame, encode_frame
from tempoband.contracts.topics import ROOT, UpKind, up
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import devices
from tempoband.storage.records.devices import Device

RATE_HZ, PER_FRAME = 80, 8
WARM_UP_S, MEASURE_S = 2.0, 6.0


def rows() -> Iterator[Row]:
    for sensors, pages, goal_ms in ((1, 1, 100.0), (200, 50, 250.0)):
        pages_ms, bare_ms = asyncio.run(_measure(sensors, pages))
        p99_ms, bare_p99_ms = np.percentile(pages_ms, 99), np.percentile(bare_ms, 99)
        yield Row(
            name=f"packet to page, p99, {sensors} sensors, {pages} pages",
            value=float(p99_ms),
            unit="ms",
            goal=f"<= {goal_ms:g} ms, drawing included",
            met=bool(p99_ms <= goal_ms),
            baseline="bare subscriber, p99",
            baseline_value=float(bare_p99_ms),
        )


async def _measure(sensors: int, pages: int) -> tuple[list[float], list[float]]:
    """Milliseconds from publishing to each page, and to a bare subscriber."""
    bare_ms: list[float] = []
    pages_ms: list[float] = []

    def heard(delivery: Delivery) -> None:
        bare_ms.append(age_ms(decode_frame(delivery.payload).end_us))

    async with contextlib.AsyncExitStack() as stack:
        mqtt = await stack.enter_async_context(broker())
        host = await stack.enter_async_context(dashboard(mqtt, sensors))
        link = await stack.enter_async_context(linked(mqtt, "bench-bridge"))
        bare = await stack.enter_async_context(linked(mqtt, "bench-bare"))
        bare.subscribe(f"{ROOT}/+/up/+/+/{UpKind.FRAMES}", 0, heard)
        sockets = [
            await stack.enter_async_context(connect(f"ws://{host}/api/live/s{n % sensors}"))
            for n in range(pages)
        ]
        work = [asyncio.create_task(look(each, pages_ms)) for each in sockets]
        work.append(asyncio.create_task(publish(link, sensors)))
        await asyncio.sleep(WARM_UP_S)
        bare_ms.clear()
        pages_ms.clear()
        await asyncio.sleep(MEASURE_S)
        measured = list(pages_ms), list(bare_ms)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    return measured


def age_ms(end_us: int) -> float:
    return time.time_ns() / 1e6 - end_us / 1e3


async def look(page: object, ages_ms: list[float]) -> None:
    async for message in page:
        if isinstance(message, bytes):
            n, t0_us = HEADER.unpack_from(message)[2], HEADER.unpack_from(message)[4]
            last_us = int.from_bytes(message[32 + 4 * (n - 1) : 32 + 4 * n], "little")
            ages_ms.append(age_ms(int(t0_us) + last_us))
        elif '"ping"' in message:
            await page.send(message.replace("ping", "pong"))


def tension_counts(time_s: np.ndarray) -> np.ndarray:
    """Reps of 2-1-2-1 between 5 and 45 N, in hundredths of a newton (minimum jerk: Flash and Hogan 1985)."""
    s = time_s % 6.0
    out, back = (np.clip(x / 2.0, 0.0, 1.0) for x in (s, s - 3.0))
    level = out**3 * (10 - 15 * out + 6 * out**2) - back**3 * (10 - 15 * back + 6 * back**2)
    return np.rint(500 + 4000 * level).astype(np.int32)


async def publish(link: MqttLink, sensors: int, per_frame: int = PER_FRAME) -> None:
    """Every sensor sends a frame as often as its samples fill one, spread out as separate sensors are."""
    topics = [up(f"b{n}", f"s{n}", UpKind.FRAMES) for n in range(sensors)]
    reps = tension_counts(np.arange(0, 6 * RATE_HZ) / RATE_HZ)
    dt_us = (np.arange(per_frame) * 1_000_000 // RATE_HZ).astype(np.uint32)
    stream = time.time_ns() & 0xFFFF_FFFF  # another one at each call, as at each connection of a sensor
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    for tick in range(10**9):
        n = tick % sensors
        due_s += per_frame / RATE_HZ / sensors
        await asyncio.sleep(max(0.0, due_s - loop.time()))  # late or not: others have to get their turn
        t0_us = time.time_ns() // 1000 - int(dt_us[-1])
        frame = Frame(
            stream=f"{stream:08x}{n:08x}",
            seq=tick // sensors,
            t0_us=t0_us,
            dt_us=dt_us,
            counts=reps[(t0_us * RATE_HZ // 1_000_000 + np.arange(per_frame)) % len(reps)],
            scale_n=0.01,
            offset_n=0.0,
            calibration_id="c",
            ticks=None,
            clock=ClockKind.DEVICE,
            rate_hz=float(RATE_HZ),
            lost=0,
            loss=LossKnowledge.ESTIMATED,
        )
        link.publish(topics[n], encode_frame(frame), 0)


@contextlib.asynccontextmanager
async def broker() -> AsyncIterator[MqttSettings]:
    """A real mosquitto where there is one."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        async with EmbeddedBroker(port=0) as broker:
            yield MqttSettings(port=broker.port)
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = await asyncio.create_subprocess_exec(
        program, "-p", str(port), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield MqttSettings(port=port)
    finally:
        running.terminate()
        await running.wait()


@contextlib.asynccontextmanager
async def linked(mqtt: MqttSettings, name: str) -> AsyncIterator[MqttLink]:
    link = MqttLink(mqtt, name)
    up_and_running = asyncio.Event()
    link.on_connected(up_and_running.set)
    task = asyncio.create_task(link.run())
    await up_and_running.wait()
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def dashboard(mqtt: MqttSettings, sensors: int, folder: Path | None = None) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as own:
        app = create_app(DashboardSettings(data_dir=folder or Path(own), mqtt=mqtt))
        with app.state.services.records.write() as session:
            for n in range(sensors):
                devices.seen(session, LOCAL_CLINIC, Device(f"s{n}", f"s{n}", 1))
        up_and_running = asyncio.Event()
        app.state.services.link.on_connected(up_and_running.set)
        listener = bind("127.0.0.1", 0)
        task = asyncio.create_task(serve(app, listener))
        await up_and_running.wait()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
