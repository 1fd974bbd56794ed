"""A dashboard in memory, and one that listens on a real socket beside a real broker."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from dashboard.app import create_app
from dashboard.services import Services
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import bind, serve
from tempoband.contracts.events import BridgeStatus
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.link import MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.timeseries.base import TimeSeriesStore
from tempoband.storage.timeseries.open import open_store
from tests.dashboard.served import BRIDGE, SENSOR, T0, Served, say_bridge, say_status, status
from tests.messaging.tasks import until


@pytest.fixture
def settings(tmp_path: Path, blank: Path) -> DashboardSettings:
    shutil.copy(blank, tmp_path)
    return DashboardSettings(
        data_dir=tmp_path,
        static_dir=tmp_path / "static",
        time_zone="Europe/Berlin",
        mqtt=MqttSettings(port=1),
        command_timeout_s=0.3,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TimeSeriesStore]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def app(settings: DashboardSettings) -> Iterator[FastAPI]:
    made = create_app(settings)
    yield made
    made.state.services.store.close()
    made.state.services.records.close()


@pytest.fixture
def services(app: FastAPI) -> Services:
    return app.state.services


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as opened:
        yield opened


@pytest.fixture
async def broker() -> AsyncIterator[MqttSettings]:
    async with EmbeddedBroker(port=0) as running:
        yield MqttSettings(port=running.port)


@pytest.fixture
async def bridge(broker: MqttSettings) -> AsyncIterator[MqttLink]:
    """A link that plays the bridge and the services."""
    link = MqttLink(broker, "test-bridge")
    task = asyncio.create_task(link.run())
    await until(lambda: link.connected, "the test's own link")
    yield link
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def served(settings: DashboardSettings, broker: MqttSettings) -> AsyncIterator[Served]:
    """The dashboard behind uvicorn on a port of its own, connected to the broker."""
    app = create_app(settings.model_copy(update={"mqtt": broker}))
    listener = bind("127.0.0.1", 0)
    task = asyncio.create_task(serve(app, listener))
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    try:
        await until(lambda: app.state.services.link.connected, "the dashboard's link")
        async with httpx.AsyncClient(base_url=f"http://{host}") as http:
            yield Served(host, app, http)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def reported(served: Served, bridge: MqttLink) -> None:
    """A sensor whose bridge has told of it."""
    await say_bridge(bridge, BridgeStatus(bridge=BRIDGE, online=True, at_us=T0))
    await say_status(bridge, status())
    await until(lambda: served.services.sensors.find(SENSOR), "the sensor's status")
