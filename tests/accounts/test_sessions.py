"""Sessions: how they begin, what they are bound to, how they end."""

import pytest

from tempoband.identity.keys import digest
from tempoband.identity.permissions import TABLE
from tempoband.identity.principal import Role
from tempoband.storage.records import accounts, audit, logins
from tests.accounts.people import NOW_US, PASSWORD, House

COOKIE = "__Host-tempoband"


async def test_nobody_is_told_to_log_in_first(house: House) -> None:
    async with house.browser() as browser:
        for path in ("/api/me", "/api/people", "/api/sets"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.json()["reason"]) == (401, "log_in")


async def test_a_physio_logs_in_with_password_and_code(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "Grete ", second_factor=False)
        waiting = (await browser.get("/api/me")).json()
        assert waiting["pending"] == "second_factor"
        answer = await browser.get("/api/people")
        assert (answer.status_code, answer.json()["reason"]) == (403, "second_factor")
        answer = await browser.post("/api/session/second-factor", json={"code": house.code("grete")})
        assert answer.status_code == 204
        me = (await browser.get("/api/me")).json()
        assert (me["role"], me["name"], me["pending"], me["accounts"]) == ("physio", "Grete", None, True)
        assert set(me["actions"]) == set(TABLE[Role.PHYSIO])
        assert (await browser.get("/api/people")).status_code == 200


async def test_the_cookie_is_bound_to_this_host_and_hidden_from_scripts(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        answer = await browser.post("/api/session", json={"login": "grete", "password": PASSWORD})
    said = answer.headers["set-cookie"].lower()
    assert said.startswith(COOKIE.lower())
    for rule in ("httponly", "secure", "samesite=strict", "path=/"):
        assert rule in said
    assert "domain" not in said


async def test_keys_are_kept_as_digests_only(house: House, tmp_path) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        key = browser.cookies[COOKIE]
    with house.services.records.read() as session:
        assert logins.by_key(session, digest(key)) is not None
    house.services.records.close()
    for file in tmp_path.glob("records.sqlite*"):
        assert key.encode() not in file.read_bytes()
        assert PASSWORD.encode() not in file.read_bytes()


async def test_each_step_gives_a_new_key_and_the_old_one_opens_nothing(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser, house.browser() as thief:
        await house.log_in(browser, "grete", second_factor=False)
        early = browser.cookies[COOKIE]
        await browser.post("/api/session/second-factor", json={"code": house.code("grete")})
        assert browser.cookies[COOKIE] != early
        thief.cookies.set(COOKIE, early)
        assert (await thief.get("/api/me")).status_code == 401


async def test_a_planted_session_is_not_taken_over(house: House) -> None:
    """Session fixation: the attacker's own session in the victim's browser ends when the victim logs in."""
    house.hire(Role.PHYSIO, "grete")
    house.hire(Role.PHYSIO, "mallory")
    async with house.browser() as attacker, house.browser() as victim:
        await house.log_in(attacker, "mallory")
        planted = attacker.cookies[COOKIE]
        victim.cookies.set(COOKIE, planted, domain="clinic.example")
        await house.log_in(victim, "grete")
        assert (await attacker.get("/api/me")).status_code == 401
        assert (await victim.get("/api/me")).json()["login"] == "grete"


async def test_a_made_up_cookie_opens_nothing(house: House) -> None:
    async with house.browser() as browser:
        for key in ("", "x", "a" * 5000, "' OR 1=1 --", "ü"):
            answer = await browser.get("/api/me", headers={b"cookie": f"{COOKIE}={key}".encode()})
            assert answer.status_code == 401


async def test_logging_out_ends_the_session(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser, house.browser() as copy:
        await house.log_in(browser, "grete")
        copy.cookies.set(COOKIE, browser.cookies[COOKIE])
        assert (await browser.delete("/api/session")).status_code == 204
        assert COOKIE not in browser.cookies
        assert (await copy.get("/api/me")).status_code == 401


async def test_staff_is_logged_off_when_idle_but_not_while_working(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        for _ in range(4):
            house.clock.pass_s(20 * 60)
            assert (await browser.get("/api/people")).status_code == 200
        for _ in range(2):  # the page polls, nobody touches it
            house.clock.pass_s(20 * 60)
            answer = await browser.get("/api/people", headers={"x-tempoband-idle": "1"})
        assert answer.status_code == 401


async def test_staff_is_logged_off_after_a_working_day(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        answers = []
        for _ in range(37):
            house.clock.pass_s(20 * 60)
            answers.append((await browser.get("/api/people")).status_code)
        assert answers.index(401) == 35  # twelve hours, from the log-in on


async def test_a_disabled_account_is_out_at_once(house: House) -> None:
    account = house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        with house.services.records.write() as session:
            accounts.disable(session, account.clinic_id, account.id, now_us=NOW_US)
        assert (await browser.get("/api/me")).status_code == 401
        answer = await browser.post("/api/session", json={"login": "grete", "password": PASSWORD})
        assert (answer.status_code, answer.json()["reason"]) == (401, "refused")


@pytest.mark.parametrize("headers", [{"x-tempoband": ""}, {"origin": "https://evil.example"}])
async def test_another_site_cannot_use_the_cookie(house: House, headers: dict[str, str]) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        if headers == {"x-tempoband": ""}:
            del browser.headers["x-tempoband"]
            headers = {}
        answer = await browser.post("/api/people", json={"name": "Eve"}, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (403, "foreign_origin")
        browser.headers["x-tempoband"] = "1"
        assert (await browser.get("/api/people")).json() == []


async def test_another_site_cannot_log_somebody_in(house: House) -> None:
    house.hire(Role.PHYSIO, "mallory")
    async with house.browser() as browser:
        del browser.headers["x-tempoband"]
        answer = await browser.post("/api/session", json={"login": "mallory", "password": PASSWORD})
    assert (answer.status_code, answer.json()["reason"]) == (403, "foreign_origin")
    assert "set-cookie" not in answer.headers


async def test_plain_http_from_elsewhere_is_refused(house: House) -> None:
    house.base = "http://clinic.example"
    async with house.browser() as browser:
        answer = await browser.get("/api/me")
    assert (answer.status_code, answer.json()["reason"]) == (403, "https_needed")


async def test_staff_without_an_authenticator_gets_nowhere_else(house: House) -> None:
    house.hire(Role.CLINIC_ADMIN, "admin", second_factor=False)
    async with house.browser() as browser:
        await house.log_in(browser, "admin", second_factor=False)
        assert (await browser.get("/api/me")).json()["pending"] == "second_factor_setup"
        assert (await browser.get("/api/people")).json()["reason"] == "second_factor_setup"


async def test_a_log_in_is_noted_without_names(house: House) -> None:
    account = house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
    with house.services.records.read() as session:
        [act] = list(audit.acts(session, account.clinic_id, start_us=0, end_us=2**62))
    assert (act.by, act.action) == (account.id, "account.log_in")
    assert "grete" not in repr(act).lower()
