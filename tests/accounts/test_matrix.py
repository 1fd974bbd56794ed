"""Every route with every role, with a token of every scope and with nothing: real sessions, real tokens."""

import httpx
import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity.keys import digest, new_key, new_token
from tempoband.identity.permissions import NEVER_BY_TOKEN, TABLE, Action
from tempoband.identity.principal import Role
from tempoband.storage.records import accounts, logins, tokens
from tempoband.storage.records.accounts import Account
from tests.accounts.people import House
from tests.dashboard.ways import OPEN, Filled, Way, fill, ways

ROLES = [role for role in Role if role is not Role.LOCAL_OWNER]
# These log somebody off.
ENDS = ("/api/session", "/api/consent/withdrawal", "/api/people/{person_id}/erasure")
# These end what the rest of the walk needs.
LAST = ("/api/consent/withdrawal", "/api/people/{person_id}/erasure")


def walk(house: House) -> list[Way]:
    found = [way for way in ways(house.app) if way.method != "WS"]
    return sorted(found, key=lambda way: way.path in LAST)


def somebody(house: House, role: Role, filled: Filled, clinic: str = LOCAL_CLINIC) -> Account:
    if role is not Role.WEARER:
        return house.hire(role, f"{role}-{clinic}", clinic=clinic)
    person = filled.ids["person_id"]
    with house.services.records.write() as session:
        made = accounts.add(session, clinic, role=role, name="", person_id=person, now_us=house.clock.now_us)
        house.agree(session, clinic, person)
    return made


def log_in(house: House, browser: httpx.AsyncClient, account: Account) -> None:
    """A session as log-in makes it, without the work of the password."""
    key = new_key()
    house.clock.pass_s(1)
    with house.services.records.write() as session:
        accounts.enable(session, account.clinic_id, account.id)
        if account.person_id:
            house.agree(session, account.clinic_id, account.person_id)
        now_us = house.clock.now_us
        login = logins.begin(
            session,
            account.clinic_id,
            account.id,
            digest(key),
            agent="test",
            now_us=now_us,
            idle_us=10**12,
            expires_us=now_us + 10**12,
        )
        logins.passed_second_factor(session, login, now_us=now_us)
    browser.cookies.clear()
    browser.cookies.set("__Host-tempoband", key, domain="clinic.example")


def is_refusal(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["reason"]) == (403, "forbidden")


@pytest.mark.parametrize("role", ROLES)
async def test_the_table_decides_on_every_route_with_a_real_session(house: House, role: Role) -> None:
    filled = fill(house.services)
    account = somebody(house, role, filled)
    async with house.browser() as browser:
        log_in(house, browser, account)
        for way in walk(house):
            answer = await filled.ask(browser, way)
            if way.path in ENDS:
                log_in(house, browser, account)
            if way.action in TABLE[role]:
                refused = answer.status_code == 403 or answer.text.find('"log_in"') >= 0
                assert not refused, f"{way} for {role}: {answer.status_code} {answer.text}"
                assert answer.status_code < 500 or answer.status_code in (503, 504), f"{way}: {answer.text}"
            else:
                assert is_refusal(answer), f"{way} for {role}: {answer.status_code} {answer.text}"


async def test_nobody_gets_anything_but_the_way_in(house: House) -> None:
    filled = fill(house.services)
    async with house.browser() as browser:
        for way in walk(house):
            answer = await filled.ask(browser, way)
            assert (answer.status_code, answer.json()["reason"]) == (401, "log_in"), way
    assert "GET /healthz" in OPEN


@pytest.mark.parametrize("role", [Role.PHYSIO, Role.CLINIC_ADMIN])
async def test_another_clinics_account_finds_nothing(house: House, role: Role) -> None:
    filled = fill(house.services)
    stranger = somebody(house, role, filled, "other")
    async with house.browser() as browser:
        log_in(house, browser, stranger)
        for way in walk(house):
            if way.action not in TABLE[role]:
                continue
            answer = await filled.ask(browser, way)
            if way.path in ENDS:
                log_in(house, browser, stranger)
            if "{" in way.path:
                assert answer.status_code == 404, f"{way}: {answer.status_code} {answer.text}"
            for name in ("person_id", "set_id"):
                assert f'"{filled.ids[name]}"' not in answer.text or answer.status_code == 404, way


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.soak)])
async def test_a_token_of_each_scope_opens_its_own_routes_only(house: House, every: int) -> None:
    """Of the routes it must not open, each scope tries a different sixth; all of them when there is time."""
    filled = fill(house.services)
    account = somebody(house, Role.PHYSIO, filled)
    routes = walk(house)
    for number, action in enumerate(action for action in Action if action in TABLE[Role.PHYSIO]):
        key = new_token()
        with house.services.records.write() as session:
            tokens.add(
                session,
                LOCAL_CLINIC,
                account.id,
                digest(key),
                name="P",
                actions=[action],
                now_us=0,
                expires_us=2**62,
            )
        own = [way for way in routes if way.action is action]
        others = [way for way in routes if way.action is not action][number % every :: every]
        async with house.browser(authorization=f"Bearer {key}") as program:
            for way in [*others, *own]:
                answer = await filled.ask(program, way)
                if way.action is action and action not in NEVER_BY_TOKEN:
                    assert answer.status_code not in (401, 403), f"{way}: {answer.text}"
                else:
                    assert is_refusal(answer), f"{way} with {action}: {answer.status_code} {answer.text}"
