"""What people try: files beside the page, bombs, floods, forged proxies, forged names."""

import gzip

import httpx
import pytest

from tempoband.identity.principal import Role
from tests.accounts.people import House


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.key",
        "/..%2f..%2fsecret.key",
        "/%2e%2e/secret.key",
        "/assets/..%2f..%2frecords.sqlite",
        "/..\\secret.key",
        "//etc/passwd",
        "/live/..%2f..%2f..%2fetc%2fpasswd",
        "/records.sqlite",
    ],
)
async def test_no_file_beside_the_page_is_served(house: House, path: str) -> None:
    folder = house.services.settings.data_dir
    (folder / "secret.key").write_text("the-marker")
    static = house.services.settings.static_dir
    static.mkdir(exist_ok=True)
    (static / "index.html").write_text("the page")
    async with house.browser() as browser:
        answer = await browser.get(httpx.URL(house.base).copy_with(raw_path=path.encode()))
    assert "the-marker" not in answer.text
    assert "root:" not in answer.text
    assert b"SQLite format" not in answer.content


async def test_a_decompression_bomb_is_not_unpacked(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    bomb = gzip.compress(b'{"name": "' + b"x" * 50_000_000 + b'"}')
    assert len(bomb) < 1024 * 1024
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        headers = {"content-encoding": "gzip", "content-type": "application/json"}
        answer = await browser.post("/api/people", content=bomb, headers=headers)
        assert answer.status_code in (400, 422)
        assert (await browser.get("/api/people")).json() == []


@pytest.mark.parametrize("path", ["/api/session", "/api/join/look", "/api/join/staff"])
async def test_an_oversized_body_is_refused_before_anybody_is_known(house: House, path: str) -> None:
    async with house.browser() as browser:
        announced = await browser.post(path, content=b"x" * 2_000_000)
        assert announced.status_code == 413

        async def endless():
            while True:
                yield b" " * 65536

        assert (await browser.post(path, content=endless())).status_code >= 400


@pytest.mark.parametrize("length", [201, 100_000])
async def test_an_endless_password_costs_nothing(house: House, length: int) -> None:
    async with house.browser() as browser:
        answer = await browser.post("/api/session", json={"login": "a", "password": "x" * length})
    assert answer.status_code == 422


async def test_a_forged_proxy_header_does_not_change_who_asks(house: House) -> None:
    """The address that is counted is the one the trusted proxy saw, whatever the client wrote before it."""
    answers = []
    for n in range(32):
        async with house.browser("127.0.0.1") as proxy:  # as the proxy hands it on
            headers = {"x-forwarded-for": f"10.0.0.{n}, 198.51.100.7", "x-forwarded-proto": "https"}
            told = {"login": f"somebody-{n}", "password": "guess"}
            answers.append((await proxy.post("/api/session", json=told, headers=headers)).status_code)
    assert answers == [401] * 30 + [429] * 2


async def test_a_stranger_is_not_believed_to_be_a_proxy(house: House) -> None:
    house.base = "http://clinic.example"
    async with house.browser("203.0.113.7") as browser:
        headers = {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https"}
        answer = await browser.get("/api/me", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (403, "https_needed")


async def test_a_forged_host_makes_no_link(house: House) -> None:
    house.hire(Role.CLINIC_ADMIN, "admin")
    async with house.browser() as browser:
        await house.log_in(browser, "admin")
        told = {"name": "G", "role": "physio"}
        forged = await browser.post("/api/staff/invitations", json=told, headers={"host": "evil.example"})
        assert (forged.status_code, forged.json()["reason"]) == (421, "foreign_host")
        forwarded = await browser.post(
            "/api/staff/invitations", json=told, headers={"x-forwarded-host": "evil.example"}
        )
        assert forwarded.json()["link"].startswith("https://clinic.example/")


async def test_a_colleagues_things_are_not_there_for_others(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    house.hire(Role.PHYSIO, "mallory")
    async with house.browser() as browser, house.browser() as other:
        await house.log_in(browser, "grete")
        await house.log_in(other, "mallory")
        made = await browser.post("/api/me/tokens", json={"name": "P", "actions": ["people.read"]})
        [session] = (await browser.get("/api/me/sessions")).json()
        assert (await other.delete(f"/api/me/tokens/{made.json()['id']}")).status_code == 404
        assert (await other.delete(f"/api/me/sessions/{session['id']}")).status_code == 404
        assert (await browser.get("/api/me")).status_code == 200


@pytest.mark.parametrize("mark", ["\r\n", "\x1e", "\x85", "\x00"])
async def test_an_address_cannot_add_lines_to_a_mail(house: House, mark: str) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        told = {"to": f"a@example.org{mark}Bcc:b@example.org"}
        assert (await browser.post("/api/daily-mail/test", json=told)).status_code == 422
