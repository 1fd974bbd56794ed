"""The fleet page as an administrator sees it: each home in its state, revoking, a code, a conflict."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import address, bind, serve
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.topic_rules import Holder
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import Records, bridges, forgetting, orders, people, sync
from tempoband.storage.records.bridges import Bridge, Standing
from tempoband.storage.records.sync import Conflict
from tests.web.axe import violations
from tests.web.conftest import DESK, PHONE, Viewer

pytestmark = pytest.mark.browser
TOO_OLD = "this home runs version 0.0.9, too old for this clinic (0.1.0): update the home"
MINUTE_US = 60_000_000


def fill(records: Records) -> None:
    now_us = time.time_ns() // 1000
    with records.write() as session:

        def home(name: str, person: str, kind: Holder = Holder.HOME) -> str:
            made = Bridge(name, kind, f"{name} of somebody", "hash", now_us - 9 * MINUTE_US, "p")
            bridges.enrol(session, LOCAL_CLINIC, made)
            if person:
                whose = people.add(session, LOCAL_CLINIC, person, now_us=now_us).id
                bridges.move_in(session, LOCAL_CLINIC, name, whose)
            return name

        def stands(
            name: str,
            *,
            online: bool,
            ago_us: int,
            waiting: int = 0,
            lost: int | None = 0,
            again: bool = False,
        ) -> None:
            told = Standing(online, now_us - ago_us, "0.1.0", waiting, lost, catching_up=again)
            bridges.saw(session, LOCAL_CLINIC, name, told)

        stands(home("home-online", "Ada Anders"), online=True, ago_us=0, waiting=12, lost=34, again=True)
        stands(
            home("home-away", "Ben Berger"), online=False, ago_us=3000 * MINUTE_US, waiting=8200, lost=None
        )
        old = home("home-old", "Cleo Czerny")
        stands(old, online=True, ago_us=0)
        bridges.greeted(session, LOCAL_CLINIC, old, version="0.0.9", protocol=None, refused=TOO_OLD)
        stands(home("home-gone", "Dora Dietz"), online=True, ago_us=0)
        bridges.revoke(session, LOCAL_CLINIC, "home-gone", now_us=now_us)
        home("ward-2", "", Holder.BRIDGE)
        gone = people.add(session, LOCAL_CLINIC, "Emil Ernst", now_us=now_us).id
        for name in ("home-online", "home-away"):
            bridges.move_in(session, LOCAL_CLINIC, name, gone)
        orders.erase_at_homes(session, LOCAL_CLINIC, gone, by="physio-1", now_us=now_us - MINUTE_US)
        heard = orders.pending(session, LOCAL_CLINIC, "home-online")[0]
        orders.done(session, LOCAL_CLINIC, heard.id, now_us=now_us)
        forgetting.forget_person(session, LOCAL_CLINIC, gone)
        sync.note_conflict(
            session,
            LOCAL_CLINIC,
            Conflict(
                "c", "home-online", "set_declarations", "s", None, now_us, "clinic",
                {"exercise": "clamshell", "side": "left"}, {"exercise": "side_plank", "side": "left"},
            ),
        )  # fmt: skip


@pytest.fixture
async def office(browser: Browser, page_built: Path, tmp_path: Path) -> AsyncIterator[Viewer]:
    """A clinic's dashboard on its own: the fleet stands in the records."""
    listener = bind("127.0.0.1", 0)
    app = create_app(DashboardSettings(data_dir=tmp_path, static_dir=page_built, mqtt=MqttSettings(port=1)))
    fill(app.state.services.records)
    task = asyncio.create_task(serve(app, listener))
    viewer = Viewer(browser, address(listener))
    yield viewer
    complaints = await viewer.close()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert not complaints, "; ".join(complaints)


async def test_each_home_says_how_it_stands_and_a_revoked_one_is_out(office: Viewer) -> None:
    desk = await office(DESK)
    page = await desk.open("/fleet")
    cards = page.locator("li.card")
    await expect(cards).to_have_count(5)

    def card(name: str):
        return cards.filter(has_text=name)

    await expect(card("Ada Anders")).to_contain_text("Linked")
    await expect(card("Ada Anders")).to_contain_text("12 frames")
    await expect(card("Ada Anders")).to_contain_text("Sends again what this clinic had received")
    await expect(card("Ben Berger")).not_to_contain_text("Sends again")
    await expect(card("Ada Anders")).to_contain_text("34 samples")
    await expect(card("Ben Berger")).to_contain_text("8200 frames")
    await expect(card("Cleo Czerny")).to_contain_text("too old for this clinic")
    await expect(card("Dora Dietz")).to_contain_text("Revoked")
    await expect(card("Dora Dietz").get_by_role("button")).to_have_count(0)
    await expect(card("ward-2")).to_contain_text("Never seen")
    assert await violations(page) == []
    await desk.keep("fleet-desk")
    await card("Ada Anders").locator("summary").click()
    await expect(card("Ada Anders")).to_contain_text("side_plank")
    await card("Ada Anders").get_by_role("button", name="Revoke").click()
    assert await violations(page) == []
    await card("Ada Anders").get_by_role("button", name="Revoke it").click()
    await expect(card("Ada Anders")).to_contain_text("Revoked")


async def test_on_a_phone_in_german_a_code_is_made(office: Viewer) -> None:
    phone = await office(PHONE, "light", "de-DE")
    page = await phone.open("/fleet")
    await expect(page.locator("li.card")).to_have_count(5)
    await expect(page.locator("li.card").filter(has_text="Cleo")).to_contain_text("zu alt")
    await page.get_by_label("Wessen Zuhause").select_option(label="Ben Berger")
    await page.get_by_role("button", name="Code erzeugen").click()
    await expect(page.locator(".code")).to_contain_text("")
    digits = (await page.locator(".code").inner_text()).replace(" ", "").replace("\n", "")
    assert digits.isdecimal()
    assert len(digits) == 6
    assert await violations(page) == []
    assert not await phone.overflows()
    await phone.keep("fleet-phone-de")


async def test_who_ordered_an_erasure_sees_which_home_has_said_that_it_is_done(office: Viewer) -> None:
    desk = await office(DESK)
    page = await desk.open("/privacy")
    rows = page.get_by_role("region", name="Erasures at homes").get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text="home-online")).to_contain_text("Erased there")
    await expect(rows.filter(has_text="home-away")).to_contain_text("Not yet heard from it")
    assert await violations(page) == []
    await desk.keep("privacy-homes-desk")
    phone = await office(PHONE, "light", "de-DE")
    page = await phone.open("/privacy")
    await expect(page.get_by_role("region", name="Löschungen zu Hause")).to_contain_text("Noch nichts gehört")
    assert not await phone.overflows()
    await phone.keep("privacy-homes-phone-de")
