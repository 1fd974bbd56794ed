"""Guessing: locked out by account and by address, over a restart, without telling who exists."""

import pytest
from sqlalchemy import func, select

from dashboard.access.throttle import CredentialPath, Throttle, address_path
from tempoband.identity.lockout import ACCOUNT, MINUTE_US
from tempoband.identity.principal import Role
from tempoband.storage.records.tables import AttemptRow, SessionRow
from tests.accounts.people import PASSWORD, House


async def guess(house: House, login: str, times: int, address: str = "203.0.113.7") -> list[int]:
    async with house.browser(address) as browser:
        return [
            (await browser.post("/api/session", json={"login": login, "password": f"guess {n}"})).status_code
            for n in range(times)
        ]


@pytest.mark.parametrize("login", ["grete", "nobody-here"])
async def test_an_account_is_shut_after_five_guesses_whether_it_exists_or_not(
    house: House, login: str
) -> None:
    house.hire(Role.PHYSIO, "grete")
    assert await guess(house, login, 7) == [401] * 5 + [429] * 2


async def test_the_right_password_is_refused_while_shut_and_taken_afterwards(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    await guess(house, "grete", 5)
    async with house.browser("198.51.100.1") as browser:
        told = {"login": "grete", "password": PASSWORD}
        shut = await browser.post("/api/session", json=told)
        assert (shut.status_code, shut.json()["reason"]) == (429, "too_many_attempts")
        house.clock.pass_s(int(shut.headers["retry-after"]))
        assert (await browser.post("/api/session", json=told)).status_code == 204


async def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    pauses = [ACCOUNT.pause_us(n) / MINUTE_US for n in range(12)]
    assert pauses[:5] == [0] * 5
    assert pauses[5:] == [0.5, 1, 2, 4, 8, 15, 15]


async def test_what_is_over_is_forgotten_and_what_is_good_stays(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await guess(house, "somebody", 3)
        await house.log_in(browser, "grete")
        for passed_s, rows in ((0, [1, 4]), (25 * 3600, [0, 0])):
            house.clock.pass_s(passed_s)
            house.access.watch._sweep()
            with house.services.records.read() as session:
                kept = [session.scalar(select(func.count()).select_from(t)) for t in (SessionRow, AttemptRow)]
            assert kept[0] == rows[0]
            assert (kept[1] > 0) == (rows[1] > 0)


async def test_one_address_cannot_guess_at_many_accounts(house: House) -> None:
    answers = [(await guess(house, f"somebody-{n}", 1))[0] for n in range(32)]
    assert answers == [401] * 30 + [429] * 2
    assert await guess(house, "somebody-99", 1, "198.51.100.1") == [401]


async def test_an_attacker_cannot_clear_the_address_with_an_account_of_their_own(house: House) -> None:
    house.hire(Role.PHYSIO, "mallory", second_factor=False)
    answers = []
    async with house.browser() as browser:
        for n in range(34):
            answers += await guess(house, f"somebody-{n}", 1)
            await browser.post("/api/session", json={"login": "mallory", "password": PASSWORD})
    assert 429 in answers


async def test_a_restart_opens_nothing(house: House) -> None:
    await guess(house, "grete", 5)
    restarted = Throttle(house.services.records, house.access.keyring)
    paths = (*_paths(), address_path("198.51.100.1"))
    with pytest.raises(Exception, match="too many attempts"):
        restarted.enter(paths, house.clock.now_us)


def _paths():
    return (CredentialPath("password", "grete", ACCOUNT),)


async def test_codes_are_shut_after_five_guesses(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete", second_factor=False)
        answers = [
            (await browser.post("/api/session/second-factor", json={"code": f"{n:06d}"})).status_code
            for n in range(6)
        ]
        assert answers == [401] * 5 + [429]
        right = await browser.post("/api/session/second-factor", json={"code": house.code("grete")})
        assert right.status_code == 204  # the pause was over by then: half a minute


async def test_a_code_is_good_once(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    code = house.code("grete")
    answers = []
    for _ in range(2):
        async with house.browser() as browser:
            await house.log_in(browser, "grete", second_factor=False)
            answers.append(
                (await browser.post("/api/session/second-factor", json={"code": code})).status_code
            )
    assert answers == [204, 401]


def test_ipv6_is_counted_by_network() -> None:
    assert address_path("2001:db8::1") == address_path("2001:db8::ffff")
    assert address_path("2001:db8::1") != address_path("2001:db8:1::1")
    assert address_path("::ffff:192.0.2.1") == address_path("192.0.2.1")


async def test_no_name_and_no_address_is_kept(house: House, tmp_path) -> None:
    await guess(house, "grete-marker", 3, "203.0.113.99")
    house.services.records.close()
    for file in tmp_path.glob("records.sqlite*"):
        kept = file.read_bytes()
        assert b"grete-marker" not in kept
        assert b"203.0.113.99" not in kept
