"""Watching live: only while the wearer agrees, over with one tap of either."""

import asyncio
import contextlib
from http import HTTPStatus

import pytest
from websockets.exceptions import ConnectionClosed

from dashboard.errors import DashboardError
from dashboard.live.watching import ASK_S, LONGEST_S, SILENT_S, Watches
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity.principal import Role
from tests.dashboard.served import Served, next_text
from tests.dashboard.ways import be, fill


class Clock:
    """A clock that stands until it is moved."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watches(clock: Clock) -> Watches:
    return Watches(clock, lambda: 1)


def test_a_watch_begins_with_the_wearers_yes(watches: Watches) -> None:
    watches.ask("c", "ada", by="physio", here=False)
    assert not watches.may_see("c", "ada", "physio")
    watches.answer("c", "ada", yes=True)
    assert watches.may_see("c", "ada", "physio")
    assert not watches.may_see("c", "ada", "other")
    assert not watches.may_see("other", "ada", "physio")
    watches.end("c", "ada")
    assert not watches.may_see("c", "ada", "physio")


def test_a_no_ends_the_request(watches: Watches) -> None:
    watches.ask("c", "ada", by="physio", here=False)
    assert watches.answer("c", "ada", yes=False) is None
    with pytest.raises(DashboardError) as caught:
        watches.answer("c", "ada", yes=True)
    assert caught.value.status is HTTPStatus.CONFLICT


def test_a_request_and_a_watch_end_with_the_watchers_page(watches: Watches, clock: Clock) -> None:
    watches.ask("c", "ada", by="physio", here=False)
    clock.now_s += SILENT_S + 1
    assert watches.find("c", "ada") is None
    watches.ask("c", "ada", by="physio", here=False)
    for _ in range(int(ASK_S // 10)):
        clock.now_s += 10
        watches.find("c", "ada", watching_by="physio")
    clock.now_s += 1
    assert watches.find("c", "ada", watching_by="physio") is None  # nobody answers for ever
    watches.ask("c", "ada", by="physio", here=True)
    for _ in range(int(LONGEST_S // 10)):
        clock.now_s += 10
        assert watches.find("c", "ada", watching_by="physio") is not None
    clock.now_s += 1
    assert not watches.may_see("c", "ada", "physio")


def test_the_wearers_page_keeps_nothing_going(watches: Watches, clock: Clock) -> None:
    watches.ask("c", "ada", by="physio", here=True)
    for _ in range(2):
        clock.now_s += SILENT_S / 2 + 1
        watches.find("c", "ada")
        watches.find("c", "ada", watching_by="somebody else")
    assert watches.find("c", "ada") is None


def test_one_watches_at_a_time_and_only_who_watches_gives_cues(watches: Watches) -> None:
    watches.ask("c", "ada", by="physio", here=False)
    for act in (
        lambda: watches.ask("c", "ada", by="other", here=False),
        lambda: watches.cue("c", "ada", "Slower", by="physio"),
    ):
        with pytest.raises(DashboardError):
            act()
    watches.answer("c", "ada", yes=True)
    first, second = (watches.cue("c", "ada", text, by="physio").cue for text in ("Slower", "Hold"))
    assert first is not None
    assert second is not None
    assert (first.text, second.text) == ("Slower", "Hold")
    with pytest.raises(DashboardError):
        watches.cue("c", "ada", "x", by="other")


async def test_a_physios_socket_opens_with_consent_and_closes_without(served: Served) -> None:
    person = fill(served.services).ids["person_id"]
    be(served.app, Role.PHYSIO)
    path = f"/api/people/{person}/watch"
    async with served.live() as page:
        with pytest.raises(ConnectionClosed):
            await page.recv()
        assert page.close_code == 4403
    assert (await served.http.post(path, json={})).json()["state"] == "asked"
    assert (
        await served.http.post(f"{path}/answer", json={"yes": True})
    ).status_code == 403  # not the physio's
    be(served.app, Role.WEARER, person=person)
    assert (await served.http.post(f"{path}/answer", json={"yes": True})).json()["state"] == "watching"
    be(served.app, Role.PHYSIO)
    async with served.live() as page:
        assert (await next_text(page, "hello"))["type"] == "hello"
        await served.http.post(f"{path}/cue", json={"text": "Slower back"})
        assert (await next_text(page, "watch"))["cue"] == "Slower back"
        be(served.app, Role.WEARER, person=person)
        assert (await served.http.get(path)).json()["cue"]["text"] == "Slower back"
        assert (await served.http.post(f"{path}/end")).json()["state"] == "none"
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionClosed):
                async for _ in page:  # what was on its way
                    pass
        assert page.close_code == 4403
    assert not served.services.watches.may_see(LOCAL_CLINIC, person, "somebody")
