"""The whole way in, in a real browser: first administrator, authenticator, physio, wearer, consent."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
import segno
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from pydantic import SecretStr

from dashboard.access import inviting
from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import address, bind, serve
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SensorState, SensorStatus
from tempoband.contracts.topics import UpKind, up
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import devices, people
from tests.web.conftest import DESK, PHONE, SCREENSHOTS
from tests.web.qr_picture import squares_in

pytestmark = pytest.mark.browser
PASSWORD = "four plain words here"  # noqa: S105 - nobody's
SECRET = "3f9c2b71d05e84a6f1b7c93d2e60a85b"  # noqa: S105 - nobody's


@dataclass
class Clinic:
    """A dashboard with accounts, and browsers of different people."""

    app: FastAPI
    where: str
    browser: Browser
    complaints: list[str]

    async def person(self, size: dict[str, int], locale: str = "en-GB") -> tuple[BrowserContext, Page]:
        context = await self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            locale=locale,
            device_scale_factor=1.5 if size is PHONE else 1,
        )
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: self.complaints.append(m.text) if "Content Security" in m.text else None)
        return context, page

    def first_link(self) -> str:
        made = inviting.first_admin(self.app.state.services.access, LOCAL_CLINIC, base=self.where)
        assert made is not None
        return made.link


@pytest.fixture
async def clinic(browser: Browser, page_built: Path, tmp_path: Path) -> AsyncIterator[Clinic]:
    listener = bind("127.0.0.1", 0)
    where = address(listener)
    async with EmbeddedBroker(port=0) as broker:
        app = create_app(
            DashboardSettings(
                data_dir=tmp_path,
                static_dir=page_built,
                mqtt=MqttSettings(port=broker.port),
                accounts=True,
                secret=SecretStr(SECRET),
                trusted_proxies=("127.0.0.9",),  # as in a clinic: staff needs an authenticator
            )
        )
        task = asyncio.create_task(serve(app, listener))
        made = Clinic(app, where, browser, [])
        yield made
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert made.complaints == []


async def keep(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, f"{name} has to be scrolled sideways"


async def set_up_factor(page: Page, name: str) -> str:
    await expect(page.get_by_role("heading", name="Set up your authenticator")).to_be_visible()
    seed = (await page.locator("code").inner_text()).replace(" ", "")
    await keep(page, f"{name}-factor")
    await page.get_by_label("six digits").fill(pyotp.TOTP(seed).now())
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert await page.locator("li code").count() == 10
    await keep(page, f"{name}-codes")
    await page.get_by_role("button", name="written them down").click()
    return seed


async def make_account(page: Page, link: str, login: str, name: str) -> None:
    await page.goto(link)
    await page.get_by_label("Log-in name").fill(login)
    await page.get_by_label("Password").fill(PASSWORD)
    await keep(page, f"{name}-join")
    assert "#" not in page.url  # the key is not left in the address
    await page.get_by_role("button", name="Make my account").click()


async def new_physio(clinic: Clinic, link: str) -> Page:
    """An invited physio makes an account, in German."""
    _, physio = await clinic.person(DESK, "de-DE")
    await physio.goto(link)
    await physio.get_by_label("Anmeldename").fill("grete")
    await physio.get_by_label("Passwort").fill(PASSWORD)
    await physio.get_by_role("button", name="Konto anlegen").click()
    await expect(physio.get_by_role("heading", name="Authenticator-App einrichten")).to_be_visible()
    seed = (await physio.locator("code").inner_text()).replace(" ", "")
    await keep(physio, "account-factor-de")
    await physio.get_by_label("Die sechs Ziffern").fill(pyotp.TOTP(seed).now())
    await physio.get_by_role("button", name="Bestätigen").click()
    await physio.get_by_role("button", name="aufgeschrieben").click()
    await expect(physio.get_by_text("Grete")).to_be_visible()
    return physio


async def erase_ada(physio: Page) -> None:
    """What will happen is told, and the name has to be typed again."""
    await keep(physio, "account-person")
    await physio.get_by_role("link", name="Einwilligung, Kopie, Löschung").click()
    await expect(physio.get_by_text("in den Text vom")).to_be_visible()
    await physio.get_by_text("Den Text lesen").click()
    await expect(physio.get_by_text("Name und Nummer")).to_be_visible()
    await physio.get_by_role("button", name="Löschen …").click()
    erase = physio.get_by_role("button", name="Endgültig löschen")
    await expect(erase).to_be_disabled()
    await physio.get_by_label("Zum Bestätigen").fill("ada")
    await keep(physio, "privacy-erase-de")
    await erase.click()
    await expect(physio.get_by_role("heading", name="Gelöscht")).to_be_visible()
    await keep(physio, "privacy-erased-de")
    await physio.get_by_role("link", name="Alle Personen").click()
    await expect(physio.locator("main").get_by_text("Berta")).to_be_visible()
    assert await physio.locator("main").get_by_text("Ada").count() == 0


async def look_at_privacy(admin: Page) -> None:
    """The administrator: who agreed, one person's rights, and the log with its filters."""
    await admin.get_by_role("link", name="Privacy").click()
    await expect(admin.get_by_text("Agreed", exact=True)).to_be_visible()
    await keep(admin, "privacy-people")
    await admin.locator("main").get_by_text("Ada").click()
    await expect(admin.get_by_role("link", name="Download the copy")).to_be_visible()
    await keep(admin, "privacy-person")
    await admin.go_back()
    await admin.get_by_role("link", name="Access log").click()
    await expect(admin.get_by_role("cell", name="logged in").first).to_be_visible()
    await admin.get_by_label(re.compile("^Who[^s]")).select_option(label="Grete")
    await admin.get_by_label(re.compile("^Whose data")).select_option(label="Ada")
    await expect(admin.get_by_role("cell", name="let a device in").first).to_be_visible()
    await expect(admin.get_by_role("cell", name="logged in")).to_have_count(0)
    await keep(admin, "privacy-log")
    async with admin.expect_download() as taking:
        await admin.get_by_role("link", name="CSV").click()
    taken = await (await taking.value).path()
    lines = (await asyncio.to_thread(taken.read_text)).splitlines()
    assert len(lines) == 1 + await admin.locator("tbody tr").count()
    await admin.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await keep(admin, "privacy-log-phone")


async def test_from_the_first_administrator_to_a_wearer_who_sees_only_their_own(clinic: Clinic) -> None:
    _, admin = await clinic.person(DESK)
    await make_account(admin, clinic.first_link(), "admin@example.org", "account-admin")
    await set_up_factor(admin, "account-admin")
    await admin.get_by_role("link", name="Staff").click()
    await admin.get_by_label("Name").fill("Grete")
    await admin.get_by_role("button", name="Make a link").click()
    link = await admin.locator(".once code").inner_text()
    await expect(admin.get_by_text("Invited", exact=True)).to_be_visible()
    await keep(admin, "account-staff")

    physio = await new_physio(clinic, link)
    await invite(physio, "Ada")
    await invite(physio, "Berta")
    wears(clinic, "Ada")
    shown = await handed_over(physio)
    _, wearer = await clinic.person(PHONE)
    await wearer.goto(shown["link"])
    await wearer.get_by_label("six digits").fill("000000" if shown["code"] != "000000" else "111111")
    await wearer.get_by_role("button", name="Let me in").click()
    await expect(wearer.get_by_role("alert")).to_contain_text("wrong")
    await wearer.get_by_label("six digits").fill(shown["code"])
    await keep(wearer, "account-wearer-code")
    await wearer.get_by_role("button", name="Let me in").click()
    await expect(wearer.get_by_role("heading", name="Before you start")).to_be_visible()
    await keep(wearer, "account-consent")
    await wearer.get_by_role("button", name="I have read this and agree").click()
    await wearer.wait_for_url("**/live/s1")  # the sensor she wears, not the list of sensors
    await wearer.goto(clinic.where + "/people")
    await expect(wearer.locator("main").get_by_text("Ada")).to_be_visible()
    assert await wearer.get_by_text("Berta").count() == 0
    assert await wearer.get_by_label("Name").count() == 0  # nobody to add
    assert await wearer.get_by_role("link", name="Staff").count() == 0
    await wearer.goto(clinic.where + "/account")
    await expect(wearer.get_by_role("heading", name="Leave")).to_be_visible()
    await expect(wearer.get_by_text("Grete").first).to_be_visible()  # who looked
    await keep(wearer, "account-mine-phone")

    await look_at_privacy(admin)
    await physio.locator('nav a[href="/people"]').click()
    await physio.locator("main").get_by_text("Ada").click()
    await expect(physio.get_by_text("Chrome, Linux").first).to_be_visible()
    await erase_ada(physio)
    await expect(wearer.get_by_role("heading", name="Log in")).to_be_visible()  # within a poll or two
    await physio.goto(clinic.where + "/account")
    await expect(physio.get_by_role("heading", name="Programme")).to_be_visible()
    await keep(physio, "account-mine-desk")
    await physio.get_by_role("button", name="Abmelden").first.click()
    await expect(physio.get_by_role("heading", name="Anmelden")).to_be_visible()
    await keep(physio, "account-login-de")


async def invite(physio: Page, name: str) -> dict[str, str]:
    """The physio adds a wearer and shows a QR code; what it holds, and the six digits."""
    await physio.locator('nav a[href="/people"]').click()
    await physio.get_by_label("Name").fill(name)
    await physio.get_by_role("button", name="Anlegen").click()
    async with physio.expect_response("**/invitation") as answer:
        await physio.get_by_role("button", name="QR-Code zeigen").click()
    drawn = physio.get_by_role("img", name="QR-Code zeigen")
    await expect(drawn).to_be_visible()
    await keep(physio, f"account-invite-{name.lower()}")
    shown: dict[str, str] = await (await answer.value).json()
    await leads_to(drawn, shown["link"])
    return shown


async def handed_over(physio: Page) -> dict[str, str]:
    """The first pull's page hands itself to the wearer's phone; what its code holds, and the six digits."""
    await physio.locator('nav a[href="/now"]').click()
    async with physio.expect_response("**/invitation") as answer:
        await physio.get_by_role("button", name="Auf dem Handy zeigen").click()
    drawn = physio.get_by_role("figure").get_by_role("img")
    await expect(drawn).to_be_visible()
    await keep(physio, "account-hand-over")
    shown: dict[str, str] = await (await answer.value).json()
    await leads_to(drawn, shown["link"])
    return shown


async def leads_to(drawn: Locator, link: str) -> None:
    """The picture of a code, as a camera would see it, holds this link."""
    seen = squares_in(await drawn.screenshot())
    assert seen == [[bool(dark) for dark in row] for row in segno.make(link, micro=False, error="m").matrix]


def wears(clinic: Clinic, name: str) -> None:
    """A bridge reports a sensor, which this person wears."""
    status = SensorStatus(bridge="b1", sensor="s1", name="s1", state=SensorState.STREAMING, at_us=1)
    services = clinic.app.state.services
    services.sensors.took_sensor(Told(up("b1", "s1", UpKind.STATUS), status.model_dump_json().encode()))
    with services.records.write() as session:
        [person] = [one for one in people.every(session, LOCAL_CLINIC) if one.display_name == name]
        devices.seen(session, LOCAL_CLINIC, devices.Device("s1", "s1", 1))
        devices.assign(session, LOCAL_CLINIC, "s1", person.id, now_us=1)


@dataclass(frozen=True)
class Told:
    """What a broker delivered."""

    topic: str
    payload: bytes
