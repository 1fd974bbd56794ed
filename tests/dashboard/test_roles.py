"""Every route and socket, with every role: decided by the one table in ``identity.permissions``."""

import httpx
import pytest
from fastapi import FastAPI
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard.services import Services
from tempoband.identity.permissions import TABLE, Action
from tempoband.identity.principal import Role
from tests.dashboard.served import Served, next_text
from tests.dashboard.ways import BODIES, Filled, Way, be, fill, ways

BODIES |= {
    ("POST", "/api/session/second-factor"): {"code": "123456"},
    ("POST", "/api/me/second-factor"): {},
    ("PUT", "/api/me/second-factor"): {"code": "123456"},
    ("PUT", "/api/me/password"): {"old": "x", "new": "y"},
    ("POST", "/api/me/tokens"): {"name": "Program", "actions": ["sets.read"]},
    ("POST", "/api/consent"): {"version": "1", "language": "en"},
    ("POST", "/api/consent/withdrawal"): {},
    ("POST", "/api/staff/invitations"): {"name": "New", "role": "physio"},
    ("PATCH", "/api/staff/{account_id}"): {"disabled": True},
    ("POST", "/api/clinics"): {"name": "New"},
    ("POST", "/api/people/{person_id}/erasure"): {"name": "Somebody else"},
}


def no_accounts(answer: httpx.Response) -> bool:
    """Accounts are not asked here, so there are none to manage: tests/accounts tries these routes."""
    return answer.status_code == 409 and answer.json()["reason"] == "no_accounts"


@pytest.fixture
def filled(services: Services) -> Filled:
    return fill(services)


def test_every_route_and_socket_takes_a_principal_with_one_action(app: FastAPI) -> None:
    found = ways(app)
    assert len(found) > 20
    assert {way.action for way in found} == set(Action)  # no action without a route either
    assert [way for way in found if way.method == "WS"] == [
        Way("WS", "/api/live/{sensor}", Action.WATCH_LIVE)
    ]


def test_what_reads_and_what_writes_are_different_actions(app: FastAPI) -> None:
    reading = {way.action for way in ways(app) if way.method == "GET"}
    writing = {way.action for way in ways(app) if way.method not in ("GET", "WS")}
    assert reading & writing == set()


@pytest.mark.parametrize("role", list(Role))
async def test_the_table_decides_on_every_route(
    app: FastAPI, client: httpx.AsyncClient, filled: Filled, role: Role
) -> None:
    be(app, role, person=filled.ids["person_id"])
    for way in ways(app):
        if way.method == "WS":
            continue
        answer = await filled.ask(client, way)
        if way.action in TABLE[role]:
            assert answer.status_code not in (401, 403, 404), f"{way} for {role}: {answer.text}"
        else:
            assert (answer.status_code, answer.json()["reason"]) == (403, "forbidden"), f"{way} for {role}"


@pytest.mark.parametrize("role", list(Role))
async def test_the_table_decides_on_the_socket(served: Served, role: Role) -> None:
    be(served.app, role, person=fill(served.services).ids["person_id"])
    if role is Role.PHYSIO:  # only where the wearer agrees: tests/dashboard/test_watching.py
        async with served.live() as page:
            with pytest.raises(ConnectionClosed):
                await page.recv()
            assert page.close_code == 4403
    elif Action.WATCH_LIVE in TABLE[role]:
        async with served.live() as page:
            assert (await next_text(page, "hello"))["type"] == "hello"
    else:
        with pytest.raises(InvalidStatus) as caught:
            await served.live()
        assert caught.value.response.status_code == 403


@pytest.mark.parametrize("role", [Role.PHYSIO, Role.LOCAL_OWNER, Role.CLINIC_ADMIN])
async def test_another_clinic_finds_nothing(
    app: FastAPI, client: httpx.AsyncClient, filled: Filled, role: Role
) -> None:
    be(app, role, clinic="other")
    for way in ways(app):
        if way.method == "WS" or way.action not in TABLE[role]:
            continue
        answer = await filled.ask(client, way)
        if "{" in way.path or (way.method, way.path) == ("POST", "/api/sets"):
            assert answer.status_code == 404 or no_accounts(answer), f"{way}: {answer.text}"
        else:
            assert filled.ids["person_id"] not in answer.text, way
            assert filled.ids["set_id"] not in answer.text, way


async def test_a_wearer_finds_nothing_of_another(
    app: FastAPI, client: httpx.AsyncClient, filled: Filled
) -> None:
    be(app, Role.WEARER, person="somebody-else")
    for way in ways(app):
        if way.method == "WS" or way.action not in TABLE[Role.WEARER]:
            continue
        answer = await filled.ask(client, way)
        if "{" in way.path:
            assert answer.status_code == 404 or no_accounts(answer), f"{way}: {answer.text}"
        else:
            assert filled.ids["person_id"] not in answer.text, way


@pytest.mark.parametrize("someone", [{"clinic": "other"}, {"person": "somebody-else"}])
async def test_nobody_watches_a_strangers_sensor(served: Served, someone: dict[str, str]) -> None:
    fill(served.services)
    be(served.app, Role.WEARER if "person" in someone else Role.PHYSIO, **someone)
    async with served.live() as page:
        with pytest.raises(ConnectionClosed):
            await page.recv()
        assert page.close_code == 4404
