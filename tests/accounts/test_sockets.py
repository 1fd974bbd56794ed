"""Live sockets: only of our own page, only for those who may, only as long as the session lasts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import bind, serve
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.topics import UpKind, up
from tempoband.identity.keys import digest
from tempoband.identity.principal import Role
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.link import Delivery
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import accounts, clinics, devices, logins
from tempoband.storage.records.devices import Device
from tests.accounts.people import NOW_US, PAGE, House
from tests.dashboard.served import SENSOR, next_text, status

COOKIE = "tempoband"  # on loopback, without TLS


class Running(House):
    """A house on a real port, in real time."""

    def live(self, key: str | None, *, origin: str | None = None, **headers: str) -> Any:
        if key is not None:
            headers["cookie"] = f"{COOKIE}={key}"
        where = self.base.replace("http", "ws")
        return connect(f"{where}/api/live/{SENSOR}", origin=origin, additional_headers=headers)  # type: ignore[arg-type]

    async def key(self, login: str) -> str:
        async with httpx.AsyncClient(base_url=self.base, headers=PAGE) as browser:
            await self.log_in(browser, login, second_factor=False)
            return browser.cookies[COOKIE]


@pytest.fixture
async def running(settings: DashboardSettings) -> AsyncIterator[Running]:
    async with EmbeddedBroker(port=0) as broker:
        here = {"mqtt": MqttSettings(port=broker.port), "trusted_proxies": (), "public_url": ""}
        app = create_app(settings.model_copy(update=here))
        listener = bind("127.0.0.1", 0)
        task = asyncio.create_task(serve(app, listener))
        house = Running(app, f"http://127.0.0.1:{listener.getsockname()[1]}")
        with house.services.records.write() as session:
            devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "S", NOW_US))
            clinics.ensure(session, "other", "Other", now_us=NOW_US)
        yield house
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_physio_watches_until_logged_off(running: Running) -> None:
    grete = running.hire(Role.PHYSIO, "grete", second_factor=False)
    key = await running.key("grete")
    async with running.live(key, origin=running.base) as page:
        await next_text(page, "hello")
        with running.services.records.write() as session:
            accounts.log_off_everywhere(session, LOCAL_CLINIC, grete.id)
        running.access.watch.poke()
        await page.wait_closed()
        assert page.close_code == 4401


async def test_another_process_logging_off_is_noticed_too(running: Running) -> None:
    grete = running.hire(Role.PHYSIO, "grete", second_factor=False)
    async with running.live(await running.key("grete"), origin=running.base) as page:
        await next_text(page, "hello")
        with running.services.records.write() as session:
            accounts.disable(session, LOCAL_CLINIC, grete.id, now_us=NOW_US)
        await page.wait_closed()  # without a word from the one who did it
        assert page.close_code == 4401


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
async def test_another_site_cannot_open_a_socket_with_the_cookie(
    running: Running, origin: str | None
) -> None:
    running.hire(Role.PHYSIO, "grete", second_factor=False)
    key = await running.key("grete")
    with pytest.raises(InvalidStatus) as caught:
        await running.live(key, origin=origin)
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize("key", [None, "", "made-up"])
async def test_nobody_opens_no_socket(running: Running, key: str | None) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await running.live(key, origin=running.base)
    assert caught.value.response.status_code == 403


async def test_another_clinic_and_other_roles_see_nothing(running: Running) -> None:
    running.hire(Role.PHYSIO, "other", clinic="other", second_factor=False)
    running.hire(Role.CLINIC_ADMIN, "admin", second_factor=False)
    told = status()  # it streams now: only whose it is stands between them
    topic = up(told.bridge, told.sensor, UpKind.STATUS)
    running.services.sensors.took_sensor(Delivery(topic, told.encode(), qos=1, retain=True))
    assert running.services.sensors.find(SENSOR) is not None
    async with running.live(await running.key("other"), origin=running.base) as page:
        with pytest.raises(ConnectionClosed):
            await page.recv()
        assert page.close_code == 4404
    with pytest.raises(InvalidStatus) as caught:
        await running.live(await running.key("admin"), origin=running.base)
    assert caught.value.response.status_code == 403


async def test_a_token_opens_a_socket_with_its_scope_only(running: Running) -> None:
    running.hire(Role.PHYSIO, "grete", second_factor=False)
    async with httpx.AsyncClient(base_url=running.base, headers=PAGE) as browser:
        await running.log_in(browser, "grete", second_factor=False)
        keys = [
            (await browser.post("/api/me/tokens", json={"name": "P", "actions": [action]})).json()["key"]
            for action in ("live.watch", "sets.read")
        ]
    async with running.live(None, authorization=f"Bearer {keys[0]}") as page:
        await next_text(page, "hello")
    with pytest.raises(InvalidStatus):
        await running.live(None, authorization=f"Bearer {keys[1]}")


async def test_a_packed_bomb_on_the_homes_socket_is_not_unpacked(running: Running) -> None:
    """Strangers may open this one: MQTT itself asks who they are."""
    where = running.base.replace("http", "ws") + "/mqtt"
    async with connect(where, subprotocols=["mqtt"]) as socket:  # type: ignore[list-item]
        with contextlib.suppress(ConnectionClosed):
            await socket.send(bytes(20_000_000))  # some 20 kB on the wire
        await socket.wait_closed()
        assert socket.close_code == 1009


async def test_a_sensor_that_goes_to_somebody_else_is_not_shown_on(running: Running) -> None:
    """The wearer's page stays open while the physio hands the sensor to another person."""
    ada, ben = running.wearer("Ada"), running.wearer("Ben")
    with running.services.records.write() as session:
        devices.assign(session, LOCAL_CLINIC, SENSOR, ada.person_id or "", now_us=NOW_US)
        when = {"now_us": NOW_US, "idle_us": 10**12, "expires_us": 2**62}
        logins.begin(session, LOCAL_CLINIC, ada.id, digest("key"), agent="", **when)
    async with running.live("key", origin=running.base) as page:
        await next_text(page, "hello")
        with running.services.records.write() as session:
            devices.assign(session, LOCAL_CLINIC, SENSOR, ben.person_id or "", now_us=NOW_US + 1)
        await page.wait_closed()
        assert page.close_code == 1013
    async with running.live("key", origin=running.base) as page:
        with pytest.raises(ConnectionClosed):
            await page.recv()
        assert page.close_code == 4404
