"""HTTPS at home on a phone: what is missing without trust, the steps, and what works with it."""

import asyncio
import contextlib
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from playwright.async_api import BrowserContext, Page, Playwright, async_playwright, expect

from dashboard.access import inviting
from dashboard.access.models import JoinOut
from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import Tls, bind, serve
from tempoband.app.trust.page import trust_page
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity.local_ca import Certified, certify
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import people
from tests.web.axe import violations
from tests.web.conftest import FLAGS, PHONE, SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NAME = "kitchen.local"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
    " Mobile Safari/537.36"
)


@dataclass(frozen=True)
class Home:
    """A dashboard at home on HTTPS, and the steps to trust it."""

    app: Any
    ca: Certified
    port: int
    trust_port: int

    @property
    def page(self) -> str:
        return f"https://{NAME}:{self.port}"

    @property
    def steps(self) -> str:
        return f"http://{NAME}:{self.trust_port}"

    def invite(self) -> JoinOut:
        """A wearer's way in."""
        access = self.app.state.services.access
        with access.records.write() as session:
            person = people.add(session, LOCAL_CLINIC, "Ada", now_us=access.now_us())
            return inviting.invite_wearer(access, session, LOCAL_CLINIC, person.id, by="p", base=self.page)


@contextlib.asynccontextmanager
async def running(*works: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def home(page_built: Path, tmp_path: Path) -> AsyncIterator[Home]:
    ca = certify(tmp_path / "tls", (NAME, "localhost", "127.0.0.1"))
    listener, steps = bind("127.0.0.1", 0), bind("127.0.0.1", 0)
    port, trust_port = listener.getsockname()[1], steps.getsockname()[1]
    async with EmbeddedBroker(port=0) as broker:
        app = create_app(
            DashboardSettings(
                data_dir=tmp_path,
                static_dir=page_built,
                mqtt=MqttSettings(port=broker.port),
                accounts=True,
                public_url=f"https://{NAME}:{port}",
                tls_certificate=ca.certificate,
                tls_key=ca.key,
                trust_port=trust_port,
                trust_fingerprint=ca.fingerprint,
            )
        )
        page = serve(app, listener, Tls(ca.certificate, ca.key))
        async with running(page, serve(trust_page(ca, port), steps)):
            yield Home(app, ca, port, trust_port)


@contextlib.asynccontextmanager
async def phone(
    playwright: Playwright, chromium: str, folder: Path, locale: str = "en-GB", scheme: str = "light"
) -> AsyncIterator[BrowserContext]:
    """A browser as on a phone, with a store of certificates of its own."""
    context = await playwright.chromium.launch_persistent_context(
        folder / "profile",
        executable_path=chromium,
        args=[*FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1,MAP home.lan 127.0.0.1"],
        env={"HOME": str(folder), "LANG": "C.UTF-8"},
        viewport=PHONE,  # type: ignore[arg-type]
        device_scale_factor=1.5,
        is_mobile=True,
        has_touch=True,
        user_agent=ANDROID,
        locale=locale,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    context.set_default_timeout(30_000)
    try:
        yield context
    finally:
        await context.close()


def trust(folder: Path, certificate: Path) -> None:
    """What the phone's settings do with the loaded file."""
    store = folder / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    subprocess.run(["certutil", "-d", database, "-N", "--empty-password"], check=True)
    add = ["-A", "-t", "C,,", "-n", "tempoband at home", "-i", str(certificate)]
    subprocess.run(["certutil", "-d", database, *add], check=True)


def fingerprint(certificate: Path) -> str:
    """As the phone's settings show it."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(SHA256()).hex().upper()


async def keep(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, f"{name} has to be scrolled sideways"


STEPS = {
    "en-GB": ("light", "Trust this machine, once per device", "Deutsch"),
    "de-DE": ("dark", "Diesem Rechner vertrauen, einmal je Gerät", "English"),
}


@pytest.mark.parametrize("locale", STEPS)
async def test_the_steps_are_read_on_a_phone(home: Home, chromium: str, tmp_path: Path, locale: str) -> None:
    scheme, title, link = STEPS[locale]
    async with (
        async_playwright() as playwright,
        phone(playwright, chromium, tmp_path / "phone", locale, scheme) as context,
    ):
        page = await context.new_page()
        await page.goto(home.steps)
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        await expect(page.locator("details[open]")).to_have_count(1)  # this phone's own steps
        await keep(page, f"trust-steps-{locale[:2]}")
        assert await violations(page) == []
        await page.get_by_role("link", name=link).click()
        await expect(page.get_by_role("heading", level=1)).not_to_have_text(title)


async def join(page: Page, home: Home) -> None:
    shown = home.invite()
    await page.goto(shown.link)
    await page.get_by_label("six digits").fill(shown.code)
    await page.get_by_role("button", name="Let me in").click()
    await page.get_by_role("button", name="I have read this and agree").click()
    await expect(page.get_by_role("link", name="My account")).to_be_visible()


@pytest.mark.skipif(not shutil.which("certutil"), reason="NO CERTUTIL: apt-get install libnss3-tools")
async def test_a_phone_that_trusts_the_home_can_do_everything(
    home: Home, chromium: str, tmp_path: Path
) -> None:
    folder = tmp_path / "phone"
    async with async_playwright() as playwright:
        async with phone(playwright, chromium, folder) as context:  # before: a warning, and no page
            page = await context.new_page()
            with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
                await page.goto(home.page)
            page = await context.new_page()  # the warning is still on its way into the other one
            await page.goto(home.steps)
            async with page.expect_download() as loading:
                await page.get_by_role("link", name="Load the certificate").click()
            loaded = tmp_path / "loaded.crt"
            await (await loading.value).save_as(loaded)
            printed = await page.locator(".print").inner_text()
        assert re.sub(r"\s", "", printed) == fingerprint(loaded)
        trust(folder, loaded)
        async with phone(playwright, chromium, folder) as context:
            page = await context.new_page()
            await page.goto(home.steps)
            async with page.expect_navigation():
                await page.get_by_role("link", name="Open https://").click()
            assert page.url.startswith(home.page)
            await join(page, home)
            await works(page, home)


async def works(page: Page, home: Home) -> None:
    """The worker, the screen, installing, opening without the network."""
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await page.evaluate("navigator.wakeLock.request('screen').then(lock => lock.release())")
    devtools = await page.context.new_cdp_session(page)
    errors = (await devtools.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [each for each in errors if each["errorId"] != "in-incognito"] == []
    await page.goto(f"{home.page}/account")
    card = page.locator("section", has=page.get_by_role("heading", name="This device"))
    await expect(card.get_by_text("Works", exact=True)).to_have_count(3)
    await expect(page.get_by_text("does not trust this machine")).to_have_count(0)
    await card.get_by_text("Another phone: scan this once").click()
    await expect(card.get_by_role("img")).to_be_visible()
    await expect(card.get_by_text(home.ca.fingerprint[:23])).to_be_visible()
    await keep(page, "device-trusted")
    await page.reload()  # the worker has the page by now
    await page.context.set_offline(True)
    await page.goto(home.page)
    await expect(page.get_by_text("The server does not answer")).to_be_visible()
    await page.context.set_offline(False)


async def test_a_phone_that_went_on_past_the_warning_reads_what_is_missing(
    home: Home, chromium: str, tmp_path: Path
) -> None:
    async with (
        async_playwright() as playwright,
        phone(playwright, chromium, tmp_path / "phone") as context,
    ):
        page = await context.new_page()
        with contextlib.suppress(Exception):
            await page.goto(home.page)
        await page.locator("#details-button").click()  # Chromium's own warning
        await page.locator("#proceed-link").click()
        await expect(page).to_have_title(re.compile("tempoband"))
        await join(page, home)
        strip = page.get_by_text("This device does not trust this machine yet: the screen may go dark")
        await expect(strip).to_be_visible()
        await keep(page, "device-untrusted")
        await strip.get_by_role("link", name="How to trust this machine").click()
        card = page.locator("section", has=page.get_by_role("heading", name="This device"))
        await expect(card.get_by_text("Missing", exact=True)).to_have_count(2)
        await expect(card.get_by_role("link", name="How to trust")).to_have_attribute("href", home.steps)
        await keep(page, "device-untrusted-account")
        await page.go_back()
        await page.get_by_role("button", name="Hide").click()
        await expect(page.get_by_role("button", name="Hide")).to_have_count(0)


@pytest.fixture
async def plain(page_built: Path, tmp_path: Path) -> AsyncIterator[str]:
    """A dashboard that a browser reaches under a name without HTTPS."""
    listener = bind("127.0.0.1", 0)
    async with EmbeddedBroker(port=0) as broker:
        settings = DashboardSettings(
            data_dir=tmp_path,
            static_dir=page_built,
            mqtt=MqttSettings(port=broker.port),
            allowed_hosts=("home.lan",),
        )
        async with running(serve(create_app(settings), listener)):
            yield f"http://home.lan:{listener.getsockname()[1]}"


async def test_over_plain_http_the_page_says_what_is_missing(
    plain: str, chromium: str, tmp_path: Path
) -> None:
    async with (
        async_playwright() as playwright,
        phone(playwright, chromium, tmp_path / "phone", "de-DE") as context,
    ):
        page = await context.new_page()
        await page.goto(plain)
        strip = page.get_by_text("Diese Seite kam über einfaches HTTP: Der Bildschirm kann ausgehen")
        await expect(strip).to_be_visible()
        await keep(page, "device-plain-de")
        await page.goto(f"{plain}/account")
        await expect(page.get_by_text("Fehlt", exact=True)).to_have_count(3)
        await keep(page, "device-plain-account-de")
