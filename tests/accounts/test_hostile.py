"""A hostile reading of the way in: what an attacker with time or a foot in the door would try."""

import json

import pytest
from fastapi import FastAPI

from dashboard.access import logging_in
from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity import passwords
from tempoband.identity.permissions import Action
from tempoband.identity.principal import Role
from tempoband.storage.records import accounts, audit
from tests.accounts.people import NOW_US, PASSWORD, House


class Counting:
    """Stands in for the hasher: what it was asked to check."""

    def __init__(self, inner: object) -> None:
        self.inner = inner
        self.checked = 0

    def verify(self, kept: str, password: str) -> bool:
        self.checked += 1
        return self.inner.verify(kept, password)  # type: ignore[attr-defined, no-any-return]

    def check_needs_rehash(self, kept: str) -> bool:
        return self.inner.check_needs_rehash(kept)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("name", ["grete", "nobody", "gone"])
async def test_every_log_in_costs_one_check_whoever_it_is(
    house: House, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.hire(Role.PHYSIO, "grete")
    gone = house.hire(Role.PHYSIO, "gone")
    with house.services.records.write() as session:
        accounts.disable(session, LOCAL_CLINIC, gone.id, now_us=NOW_US)
    counting = Counting(passwords._HASHER)
    monkeypatch.setattr(passwords, "_HASHER", counting)
    async with house.browser() as browser:
        wrong = await browser.post("/api/session", json={"login": name, "password": "wrong"})
        right = await browser.post("/api/session", json={"login": "gone", "password": PASSWORD})
    assert (wrong.status_code, right.status_code) == (401, 401)
    assert wrong.json() == right.json()
    assert counting.checked == 2


async def test_a_code_is_good_once_even_in_another_browser(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as one, house.browser() as other:
        for browser in (one, other):
            await house.log_in(browser, "grete", second_factor=False)
        code = house.code("grete")
        first = await one.post("/api/session/second-factor", json={"code": code})
        again = await other.post("/api/session/second-factor", json={"code": code})
        assert (first.status_code, again.status_code) == (204, 401)
        assert (await other.get("/api/people")).status_code == 403


async def test_a_link_of_somebody_who_was_switched_off_opens_nothing(house: House) -> None:
    house.hire(Role.CLINIC_ADMIN, "admin")
    mallory = house.hire(Role.CLINIC_ADMIN, "mallory")
    async with house.browser() as browser, house.browser() as admin:
        await house.log_in(browser, "mallory")
        made = await browser.post("/api/staff/invitations", json={"name": "M", "role": "physio"})
        key = made.json()["link"].partition("#")[2]
        assert (await admin.post("/api/join/look", json={"key": key})).status_code == 200
        await house.log_in(admin, "admin")
        await admin.patch(f"/api/staff/{mallory.id}", json={"disabled": True})
    async with house.browser() as browser:
        assert (await browser.post("/api/join/look", json={"key": key})).status_code == 401


async def test_a_token_hands_out_no_credentials(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        told = {"name": "P", "actions": [Action.MANAGE_HOMES]}
        assert (await browser.post("/api/me/tokens", json=told)).status_code == 422
        me = (await browser.get("/api/me")).json()
    assert Action.MANAGE_HOMES in me["actions"]
    assert Action.MANAGE_HOMES not in me["token_actions"]


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%2f/evil.example"]
)
async def test_no_answer_sends_a_browser_elsewhere(house: House, path: str) -> None:
    async with house.browser() as browser:
        for asked in (path if path.startswith("/") else "/", f"/?next={path}", f"/join?to={path}"):
            answer = await browser.get(asked)
            assert not answer.is_redirect, asked
            assert "location" not in answer.headers


async def test_what_a_name_holds_cannot_add_headers_to_a_file(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        name = 'A"\r\nset-cookie: a=b'
        made = await browser.post("/api/people", json={"name": name})
        if made.status_code == 201:
            for form in ("sets.csv", "fhir", "export.zip"):
                answer = await browser.get(f"/api/people/{made.json()['id']}/{form}")
                assert "set-cookie" not in answer.headers
                assert answer.headers["content-disposition"].count('"') == 2


async def test_a_proxy_nobody_named_is_not_served(settings: DashboardSettings) -> None:
    """As nginx in front of a dashboard that was told nothing of it: cookies would not be marked as secure."""
    app = create_app(settings.model_copy(update={"trusted_proxies": ()}))
    house = House(app, "http://127.0.0.1:8765")
    async with house.browser("127.0.0.1") as browser:
        assert (await browser.get("/api/me")).json()["reason"] == "log_in"
        forwarded = await browser.get("/api/me", headers={"x-forwarded-for": "203.0.113.7"})
    assert (forwarded.status_code, forwarded.json()["reason"]) == (403, "https_needed")
    close(app)


def close(app: FastAPI) -> None:
    app.state.services.store.close()
    app.state.services.records.close()


@pytest.mark.parametrize(
    ("public", "own_tls", "told"),
    [
        ("https://clinic.example", True, "max-age=31536000"),
        ("https://clinic.example", False, None),  # the proxy says it
        ("https://nas.local:8765", True, None),  # the steps to trust it are plain HTTP
        ("https://192.168.1.5:8765", True, None),
    ],
)
async def test_a_public_name_is_for_https_only(
    settings: DashboardSettings, public: str, own_tls: bool, told: str | None
) -> None:
    pair = {"tls_certificate": settings.data_dir / "c", "tls_key": settings.data_dir / "k"} if own_tls else {}
    app = create_app(settings.model_copy(update={"public_url": public, **pair}))
    async with House(app, public).browser() as browser:
        assert (await browser.get("/healthz")).headers.get("strict-transport-security") == told
    close(app)


async def test_links_lead_where_the_page_was_opened_by_address(settings: DashboardSettings) -> None:
    """The address of a machine at home changes; a name that was made up does not get in."""
    house = House(create_app(settings.model_copy(update={"public_url": "https://192.168.1.5:8765"})))
    house.base = "https://192.168.1.77:8765"
    house.hire(Role.CLINIC_ADMIN, "admin")
    async with house.browser() as browser:
        await house.log_in(browser, "admin")
        told = {"name": "G", "role": "physio"}
        made = await browser.post("/api/staff/invitations", json=told)
        assert made.json()["link"].startswith("https://192.168.1.77:8765/join#")
        forged = await browser.post("/api/staff/invitations", json=told, headers={"host": "evil.example"})
        assert forged.status_code == 421
    close(house.app)


async def test_a_nested_bomb_of_brackets_is_a_bad_request(house: House) -> None:
    async with house.browser() as browser:
        for bomb in ("[" * 500_000, '{"login":' * 100_000, "1" * 900_000):
            answer = await browser.post(
                "/api/session", content=bomb, headers={"content-type": "application/json"}
            )
            assert answer.status_code in (400, 422), bomb[:10]


async def test_a_refused_secret_stands_in_no_answer(house: House) -> None:
    """What was typed wrongly is often almost right: it must not be echoed, for logs in between."""
    async with house.browser() as browser:
        told = {"login": "grete", "password": "my-own-secret" * 30}
        answer = await browser.post("/api/session", json=told)
        assert answer.status_code == 422
        assert "my-own-secret" not in answer.text
        answer = await browser.post("/api/join/look", json={"key": ["my-own-secret"]})
        assert "my-own-secret" not in answer.text


def test_sessions_of_staff_are_short(house: House) -> None:
    physio = house.hire(Role.PHYSIO, "grete")
    idle_s, longest_s = logging_in.lifetimes_s(house.access, physio)
    assert (idle_s, longest_s) == (30 * 60, 12 * 3600)


def acts(house: House) -> list[audit.Act]:
    with house.services.records.read() as session:
        return list(audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62))


async def test_the_audit_holds_no_secret(house: House) -> None:
    house.hire(Role.CLINIC_ADMIN, "admin")
    async with house.browser() as browser:
        await house.log_in(browser, "admin")
        made = await browser.post("/api/staff/invitations", json={"name": "Grete", "role": "physio"})
        told = {"name": "Roster", "actions": ["people.read"]}
        token = (await browser.post("/api/me/tokens", json=told)).json()
    kept = json.dumps([[each.resource_id, each.detail] for each in acts(house)])
    for secret in (made.json()["link"].partition("#")[2], token["key"], "Grete", "Roster"):
        assert secret not in kept
