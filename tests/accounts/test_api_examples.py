"""The examples of docs/api.md, run as they stand there, with a token of a physio."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity.principal import Role
from tempoband.storage.records import people, prescriptions
from tempoband.storage.timeseries.open import open_store
from tests.accounts.people import NOW_US, House

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
ACTIONS = (
    "people.read",
    "prescriptions.write",
    "advice.read",
    "compliance.read",
    "notes.write",
    "record.read",
)


class IntoTheApp(httpx.BaseTransport):
    """What a program sends, handed to the application instead of to a network."""

    def __init__(self, house: House) -> None:
        self._transport = httpx.ASGITransport(house.app, client=("203.0.113.7", 40000))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def ask() -> httpx.Response:
            answer = await self._transport.handle_async_request(request)
            assert isinstance(answer.stream, httpx.AsyncByteStream)
            body = b"".join([chunk async for chunk in answer.stream])
            return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))

        return asyncio.run(ask())


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


async def test_the_examples_run_as_they_are_written(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_store(tmp_path).close()  # as ingest leaves it, without a sample
    house.hire(Role.PHYSIO, "grete")
    with house.services.records.write() as session:
        ada = people.add(session, LOCAL_CLINIC, "Ada", now_us=NOW_US)
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        told = {"name": "Reports", "actions": list(ACTIONS)}
        token = (await browser.post("/api/me/tokens", json=told)).json()
    monkeypatch.setenv("TEMPOBAND_TOKEN", token["key"])

    client = httpx.Client

    def over_the_wire(base_url: str, headers: dict[str, str]) -> httpx.Client:
        assert (base_url, headers) == (house.base, {"authorization": f"Bearer {token['key']}"})
        return client(base_url=base_url, headers=headers, transport=IntoTheApp(house))

    monkeypatch.setattr(httpx, "Client", over_the_wire)
    names: dict[str, Any] = {}
    assert len(blocks()) >= 6
    for block in blocks():
        await asyncio.to_thread(exec, compile(block, str(PAGE), "exec"), names)
    said = capsys.readouterr().out
    assert "out-hold-back-rest" in said
    assert "'ServiceRequest', 'CarePlan'" in said.replace('"', "'")
    with house.services.records.read() as session:
        kept = prescriptions.in_force(session, LOCAL_CLINIC, start_us=0, end_us=2**62, person_id=ada.id)
    assert [each.tempo for each in kept] == ["2-1-2", "2-1-3"]


async def test_the_token_of_the_examples_does_nothing_else(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        told = {"name": "Reports", "actions": list(ACTIONS)}
        token = (await browser.post("/api/me/tokens", json=told)).json()
    async with house.browser(authorization=f"Bearer {token['key']}") as program:
        assert (await program.get("/api/people")).status_code == 200
        assert (await program.get("/api/sets")).status_code == 403
        assert (await program.post("/api/people", json={"name": "Bo"})).status_code == 403
