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
from dashboard.settings import DashboardSettings
from dashboard.wire import HEADER
from tempoband.app.web_server import bind, serve
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, decode_frame, encode_frame
from tempoband.contracts.topics import ROOT, UpKind, up
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import devices
from tempoband.storage.records.devices import Device

RATE_HZ, PER_FRAME = 80, 8
PERIOD_S = PER_FRAME / RATE_HZ
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
        bare_ms.append(_age_ms(decode_frame(delivery.payload).end_us))

    async with contextlib.AsyncExitStack() as stack:
        mqtt = await stack.enter_async_context(_broker())
        host = await stack.enter_async_context(_dashboard(mqtt, sensors))
        link = await stack.enter_async_context(_link(mqtt, "bench-bridge"))
        bare = await stack.enter_async_context(_link(mqtt, "bench-bare"))
        bare.subscribe(f"{ROOT}/+/up/+/+/{UpKind.FRAMES}", 0, heard)
        sockets = [
            await stack.enter_async_context(connect(f"ws://{host}/api/live/s{n % sensors}"))
            for n in range(pages)
        ]
        work = [asyncio.create_task(_look(each, pages_ms)) for each in sockets]
        work.append(asyncio.create_task(_publish(link, sensors)))
        await asyncio.sleep(WARM_UP_S)
        bare_ms.clear()
        pages_ms.clear()
        await asyncio.sleep(MEASURE_S)
        measured = list(pages_ms), list(bare_ms)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    return measured


def _age_ms(end_us: int) -> float:
    return time.time_ns() / 1e6 - end_us / 1e3


async def _look(page: object, ages_ms: list[float]) -> None:
    async for message in page:
        if isinstance(message, bytes):
            n, t0_us = HEADER.unpack_from(message)[2], HEADER.unpack_from(message)[4]
            last_us = int.from_bytes(message[32 + 4 * (n - 1) : 32 + 4 * n], "little")
            ages_ms.append(_age_ms(int(t0_us) + last_us))
        elif '"ping"' in message:
            await page.send(message.replace("ping", "pong"))


async def _publish(link: MqttLink, sensors: int) -> None:
    """Every sensor sends a frame each tenth of a second, spread over it as separate sensors are."""
    topics = [up(f"b{n}", f"s{n}", UpKind.FRAMES) for n in range(sensors)]
    dt_us = (np.arange(PER_FRAME) * 1_000_000 // RATE_HZ).astype(np.uint32)
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    for tick in range(10**9):
        n = tick % sensors
        due_s += PERIOD_S / sensors
        if (wait_s := due_s - loop.time()) > 0:
            await asyncio.sleep(wait_s)
        frame = Frame(
            stream=f"{n:016x}",
            seq=tick // sensors,
            t0_us=time.time_ns() // 1000 - int(dt_us[-1]),
            dt_us=dt_us,
            counts=np.arange(PER_FRAME, dtype=np.int32),
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
async def _broker() -> AsyncIterator[MqttSettings]:
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
async def _link(mqtt: MqttSettings, name: str) -> AsyncIterator[MqttLink]:
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
async def _dashboard(mqtt: MqttSettings, sensors: int) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(DashboardSettings(data_dir=Path(folder), mqtt=mqtt))
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
