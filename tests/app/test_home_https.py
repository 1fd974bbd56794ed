"""HTTPS at home while it runs: the certificate follows the machine, the steps are shown in both languages."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from tempoband.app.errors import AppError
from tempoband.app.running import home_https, web_server
from tempoband.app.running.home_https import keep_certificate, open_home
from tempoband.app.running.web_server import Keeping, Tls, bind, serve
from tempoband.app.trust.page import CERTIFICATE, trust_page
from tempoband.identity.local_ca import Certified, certify
from tests.messaging.tasks import until

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36"
NAMES = ("192.168.7.19", "kitchen.local", "localhost", "127.0.0.1")


@contextlib.asynccontextmanager
async def serving(tls: Tls, keeping: Keeping | None = None) -> AsyncIterator[int]:
    listener = bind("127.0.0.1", 0)
    task = asyncio.create_task(serve(Starlette(), listener, tls, keeping))
    try:
        yield listener.getsockname()[1]
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def trusted(port: int, ca: Path, name: str) -> bool:
    """Whether who trusts the authority gets in under this name."""
    context = ssl.create_default_context(cafile=ca)
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    except ssl.SSLCertVerificationError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_https, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(web_server, "LOOK_EVERY_S", 0.01)


async def test_a_machine_that_moves_is_trusted_at_its_new_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["192.168.7.19", "localhost", "127.0.0.1"]
    monkeypatch.setattr(home_https, "local_names", lambda: tuple(names))
    opened = open_home(tmp_path, None, None, "")
    assert opened.ca is not None
    told: list[str] = []
    keeping = lambda tls: keep_certificate(opened, tmp_path, tls, told.append)  # noqa: E731
    async with serving(Tls(opened.certificate, opened.key), keeping) as port:
        await asyncio.sleep(0.1)
        assert await trusted(port, opened.ca.ca, "192.168.7.19")
        assert not await trusted(port, opened.ca.ca, "192.168.7.20")
        names[0] = "192.168.7.20"
        await until(lambda: bool(told), "the new address")
        assert told == ["192.168.7.20"]
        assert await trusted(port, opened.ca.ca, "192.168.7.20")


async def test_a_given_certificate_that_is_replaced_is_taken_in(tmp_path: Path) -> None:
    """As a renewal by another program does it, file by file."""
    old, new = certify(tmp_path / "old", NAMES), certify(tmp_path / "new", NAMES)
    async with serving(Tls(old.certificate, old.key)) as port:
        assert await trusted(port, old.ca, "localhost")
        new.certificate.replace(old.certificate)
        await asyncio.sleep(0.1)  # the key of the old one beside it: it goes on with what it has
        assert await trusted(port, old.ca, "localhost")
        new.key.replace(old.key)
        for _ in range(100):
            if await trusted(port, new.ca, "localhost"):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the newer certificate was never handed out")


def test_a_given_certificate_needs_its_key_and_name(tmp_path: Path) -> None:
    made, other = certify(tmp_path / "one", NAMES), certify(tmp_path / "two", NAMES)
    assert open_home(tmp_path, made.certificate, made.key, "kitchen.local").names == ("kitchen.local",)
    for certificate, key, name in (
        (made.certificate, None, "kitchen.local"),
        (made.certificate, made.key, ""),
        (made.certificate, other.key, "kitchen.local"),
        (tmp_path / "nowhere", made.key, "kitchen.local"),
    ):
        with pytest.raises(AppError):
            open_home(tmp_path, certificate, key, name)


def test_a_name_the_authority_does_not_cover_is_told(tmp_path: Path) -> None:
    open_home(tmp_path, None, None, "kitchen")
    with pytest.raises(AppError, match="every phone then has to trust anew"):
        open_home(tmp_path, None, None, "attic")


@pytest.fixture
def ca(tmp_path: Path) -> Certified:
    return certify(tmp_path, NAMES)


def phone(ca: Certified, agent: str, language: str, host: str = "192.168.7.19:8766") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(trust_page(ca, 8765))
    headers = {"user-agent": agent, "accept-language": language}
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers)


@pytest.mark.parametrize(
    ("agent", "language", "words", "open_one"),
    [
        (IPHONE, "de-DE,de;q=0.9,en;q=0.8", "Diesem Rechner vertrauen", "iPhone, iPad"),
        (PIXEL, "en-GB,en;q=0.9", "Trust this machine", "Android"),
        ("Mozilla/5.0 (Windows NT 10.0)", "fr-FR", "Trust this machine", "Windows"),
        ("curl/8", "", "Trust this machine", None),
    ],
)
async def test_a_phone_reads_its_own_steps_in_its_own_language(
    ca: Certified, agent: str, language: str, words: str, open_one: str | None
) -> None:
    async with phone(ca, agent, language) as browser:
        page = await browser.get("/")
        assert words in page.text
        assert ca.fingerprint.replace(":", " ")[:23] in page.text
        opened = [each.partition("</summary>")[0] for each in page.text.split("<details open><summary>")[1:]]
        assert opened == ([open_one] if open_one else [])
        assert 'href="https://192.168.7.19:8765/"' in page.text
        assert "$" not in page.text  # nothing was left to fill in
        other = await browser.get("/?lang=de")
        assert "Diesem Rechner vertrauen" in other.text
        got = await browser.get(f"/{CERTIFICATE}")
        assert got.headers["content-type"] == "application/x-x509-ca-cert"
        assert got.content == ca.ca.read_bytes()
        assert b"PRIVATE" not in got.content


async def test_a_forged_name_leads_nowhere_else(ca: Certified) -> None:
    async with phone(ca, PIXEL, "en", "evil.example:8766") as browser:
        text = (await browser.get("/")).text
    assert "evil.example" not in text
    assert "https://192.168.7.19:8765/" in text


async def test_nothing_else_is_served_without_https(ca: Certified) -> None:
    async with phone(ca, PIXEL, "en") as browser:
        for path in ("/home-ca.key", "/home.key", "/../tls/home.key", "/api/me", "/static/x"):
            assert (await browser.get(path)).status_code == 404
        assert (await browser.post("/")).status_code == 405
