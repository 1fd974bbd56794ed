"""The OpenAPI document as a promise: whatever fits it, and whatever does not, is answered without a crash."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis.schemas import BaseSchema

from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import bind, serve
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.timeseries.open import open_store
from tests.dashboard.ways import fill

# A broker, a sensor or a database that does not answer is told so, and to come back later.
AWAY = (503, 504)
SENDS_MAIL = "/api/daily-mail/test"  # there is no mail server here; tests/dashboard tries it with one


@pytest.fixture
def address(settings: DashboardSettings) -> Iterator[str]:
    """A dashboard on loopback, where the local owner may do everything, beside a real broker."""
    listener = bind("127.0.0.1", 0)
    store = open_store(settings.data_dir)
    ready, stop = threading.Event(), threading.Event()

    async def run() -> None:
        async with EmbeddedBroker(port=0) as broker:
            here = {
                "mqtt": MqttSettings(port=broker.port),
                "accounts": False,
                "trusted_proxies": (),
                "command_timeout_s": 0.05,
            }
            app = create_app(settings.model_copy(update=here))
            fill(app.state.services)
            task = asyncio.create_task(serve(app, listener))
            ready.set()
            await asyncio.to_thread(stop.wait)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(30)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    stop.set()
    thread.join(30)
    store.close()


def try_everything(schema: BaseSchema, examples: int) -> list[str]:
    """Every operation with generated requests; what was answered with a crash."""
    crashed: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == SENDS_MAIL:
            continue

        @seeded(7)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            answer = case.call(timeout=20)
            if answer.status_code >= 500 and answer.status_code not in AWAY:
                crashed.append(f"{case.method} {case.formatted_path}: {answer.status_code} {answer.text}")

        ask()
    return crashed


@pytest.mark.parametrize(
    "examples", [2, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])]
)
def test_no_request_crashes_the_program(address: str, examples: int) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
    assert len(list(schema.get_all_operations())) > 60
    assert try_everything(schema, examples) == []
