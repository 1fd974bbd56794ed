"""Programs' tokens: only what they were made for, only while they are good, never the account itself."""

import pytest

from tempoband.identity.keys import digest
from tempoband.identity.permissions import NEVER_BY_TOKEN, TABLE, Action
from tempoband.identity.principal import Role
from tests.accounts.people import House


async def made(browser, actions: list[str], days: int = 30) -> dict[str, str]:
    answer = await browser.post("/api/me/tokens", json={"name": "P", "actions": actions, "days": days})
    assert answer.status_code == 201, answer.text
    return answer.json()


def program(house: House, key: str):
    browser = house.browser(authorization=f"Bearer {key}")
    del browser.headers["x-tempoband"]
    return browser


async def test_a_token_does_what_it_was_made_for_and_nothing_else(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        token = await made(browser, ["people.read", "people.add"])
        async with program(house, token["key"]) as asks:
            assert (await asks.get("/api/people")).status_code == 200
            assert (await asks.post("/api/people", json={"name": "Ada"})).status_code == 201
            for path in ("/api/sets", "/api/me", "/api/me/tokens"):
                assert (await asks.get(path)).status_code == 403
        [listed] = (await browser.get("/api/me/tokens")).json()
        assert "key" not in listed
        assert listed["used_us"] is not None
        assert (await browser.delete(f"/api/me/tokens/{token['id']}")).status_code == 204
        async with program(house, token["key"]) as asks:
            assert (await asks.get("/api/people")).status_code == 401


async def test_a_token_ends(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        token = await made(browser, ["people.read"], days=1)
    house.clock.pass_s(86_400)
    async with program(house, token["key"]) as asks:
        assert (await asks.get("/api/people")).status_code == 401


@pytest.mark.parametrize("role", [Role.PHYSIO, Role.CLINIC_ADMIN, Role.SYSTEM_ADMIN])
async def test_nobody_makes_a_token_for_more_than_they_may(house: House, role: Role) -> None:
    house.hire(role, "somebody")
    async with house.browser() as browser:
        await house.log_in(browser, "somebody")
        for action in Action:
            told = {"name": "P", "actions": [action]}
            status = (await browser.post("/api/me/tokens", json=told)).status_code
            may = action in TABLE[role] and action not in NEVER_BY_TOKEN
            assert status == (201 if may else 422), action


async def test_a_token_dies_with_its_account_and_shrinks_with_its_role(house: House) -> None:
    house.hire(Role.CLINIC_ADMIN, "admin")
    grete = house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser, house.browser() as admin:
        await house.log_in(browser, "grete")
        await house.log_in(admin, "admin")
        token = await made(browser, ["people.read"])
        await admin.patch(f"/api/staff/{grete.id}", json={"disabled": True})
        async with program(house, token["key"]) as asks:
            assert (await asks.get("/api/people")).status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic Zzo=", "Bearer tb_" + "a" * 43, "Bearer tb_" + "a" * 9000]
)
async def test_what_is_no_token_opens_nothing(house: House, header: str) -> None:
    async with house.browser(authorization=header) as asks:
        assert (await asks.get("/api/people")).status_code == 401


async def test_only_the_digest_of_a_token_is_kept(house: House, tmp_path) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete")
        key = (await made(browser, ["people.read"]))["key"]
    house.services.records.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("records.sqlite*"))
    assert key.encode() not in kept
    assert digest(key).encode() in kept
