"""Inviting and joining, as the pages do it."""

import httpx

from dashboard.access import inviting
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity.principal import Role
from tests.accounts.people import House

NEW = "another four plain words"


def key_of(link: str) -> str:
    return link.partition("#")[2]


async def physio(house: House, browser: httpx.AsyncClient) -> None:
    house.hire(Role.PHYSIO, "grete")
    await house.log_in(browser, "grete")


async def invited(browser: httpx.AsyncClient, name: str = "Ada") -> tuple[str, dict[str, str]]:
    """A new wearer, and what the physio shows them."""
    person = (await browser.post("/api/people", json={"name": name})).json()["id"]
    answer = await browser.post(f"/api/people/{person}/invitation")
    assert answer.status_code == 201, answer.text
    return person, answer.json()


async def let_in(house: House, phone: httpx.AsyncClient, person: str) -> None:
    with house.services.records.write() as session:
        made = inviting.invite_wearer(
            house.access, session, LOCAL_CLINIC, person, by="x", base="https://clinic.example"
        )
    told = {"key": made.key, "code": made.code}
    assert (await phone.post("/api/join/wearer", json=told)).status_code == 204
