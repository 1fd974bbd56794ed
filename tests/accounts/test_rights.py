"""What the clinic's administrator has to answer: who agreed to what, who looked, a copy, erasure."""

import csv
import io
import json

import httpx
import pytest

from dashboard.access import consent_text
from dashboard.access.consent_text import TEXTS, VERSION
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.topic_rules import Holder
from tempoband.identity.principal import Role
from tempoband.identity.secrets import hash_secret
from tempoband.storage.records import bridges, consents, orders
from tempoband.storage.records.accounts import Account
from tempoband.storage.records.bridges import Bridge
from tests.accounts.people import NOW_US, House
from tests.accounts.test_joining import let_in


async def admin_of(house: House, browser: httpx.AsyncClient) -> Account:
    made = house.hire(Role.CLINIC_ADMIN, "admin")
    await house.log_in(browser, "admin")
    return made


async def test_the_administrator_sees_who_agreed_and_who_asks_for_erasure(house: House) -> None:
    house.wearer("Ada")
    ben, _ = house.wearer("Ben"), house.wearer("Cleo", consent=False)
    with house.services.records.write() as session:
        asked = {"now_us": NOW_US + 5, "erasure_asked": True}
        consents.withdraw(session, LOCAL_CLINIC, ben.person_id or "", **asked)
    async with house.browser() as browser:
        await admin_of(house, browser)
        found = (await browser.get("/api/rights")).json()
    assert [(each["name"], each["erasure_asked"], each["up_to_date"]) for each in found] == [
        ("Ben", True, False),
        ("Ada", False, True),
        ("Cleo", False, False),
    ]
    assert found[1]["version"] == VERSION


async def test_the_words_that_were_agreed_to_are_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.wearer("Ada")
    path = f"/api/people/{ada.person_id}/rights"
    async with house.browser() as browser:
        await admin_of(house, browser)
        [given] = (await browser.get(path)).json()["agreements"]
        assert given["paragraphs"] == list(TEXTS["en"].paragraphs)
        assert (given["version"], given["given_us"]) == (VERSION, NOW_US)
        monkeypatch.setattr("dashboard.privacy.rights.EVERY", {})
        [unknown] = (await browser.get(path)).json()["agreements"]
        assert (unknown["paragraphs"], unknown["text_sha256"]) == (None, TEXTS["en"].sha256)
    assert TEXTS["de"].sha256 in consent_text.EVERY


async def test_the_administrator_makes_a_copy_without_notes_and_erases(house: House) -> None:
    ada = house.wearer("Ada")
    async with house.browser() as browser:
        await admin_of(house, browser)
        person = f"/api/people/{ada.person_id}"
        before = (await browser.get(f"{person}/rights")).json()
        assert before["rows"]["people"] == 1
        assert before["rows"]["consents"] == 1
        copy = await browser.get(f"{person}/export.zip")
        assert copy.status_code == 200
        assert (await browser.get(f"{person}/notes")).status_code == 403
        wrong = await browser.post(f"{person}/erasure", json={"name": "Adam"})
        assert wrong.status_code == 422
        gone = await browser.post(f"{person}/erasure", json={"name": "ada"})
        assert gone.json()["rows"]["people"] == 1
        assert (await browser.get(f"{person}/rights")).status_code == 404
        log = (await browser.get("/api/audit", params={"person_id": ada.person_id or ""})).json()
    assert {"people.erase", "people.export"} <= {act["action"] for act in log}
    assert {act["person_name"] for act in log} == {None}  # the number stays, the name is gone


async def test_the_log_is_filtered_and_what_is_chosen_is_taken_along(house: House) -> None:
    ada, ben = house.wearer("Ada"), house.wearer("Ben")
    grete = house.hire(Role.PHYSIO, "grete")
    async with house.browser() as physio:
        await house.log_in(physio, "grete")
        for wearer in (ada, ben):
            await physio.get(f"/api/people/{wearer.person_id}")
        await physio.post(f"/api/people/{ada.person_id}/reports", json={"pain": 3})
    async with house.browser() as browser:
        await admin_of(house, browser)

        async def log(**chosen: str | int) -> list[tuple[str | None, str, str | None]]:
            found = (await browser.get("/api/audit", params=chosen)).json()
            return [(act["by_name"], act["action"], act["person_name"]) for act in found]

        looks = {"by": grete.id, "person_id": ada.person_id or "", "what": "looks"}
        assert await log(**looks) == [("Grete", "people.read", "Ada")]
        changes = await log(by=grete.id, what="changes")
        assert ("Grete", "reports.write", "Ada") in changes
        assert all("read" not in action for _, action, _ in changes)
        assert await log(person_id=ben.person_id or "", what="looks") == [("Grete", "people.read", "Ben")]
        assert len(await log(limit=1)) == 1
        table = (await browser.get("/api/audit.csv", params=looks)).text
        rows = list(csv.DictReader(io.StringIO(table)))
        assert [(row["action"], row["person_id"]) for row in rows] == [("people.read", ada.person_id)]
        lines = (await browser.get("/api/audit.ndjson", params=looks)).text.splitlines()
        assert [json.loads(line)["by"] for line in lines] == [grete.id]
        assert "Ada" not in table


async def test_a_wearer_reads_their_own_rights_and_log_only(house: House) -> None:
    ada, ben = house.wearer("Ada"), house.wearer("Ben")
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as physio, house.browser() as phone:
        await house.log_in(physio, "grete")
        shown = (await physio.post(f"/api/people/{ada.person_id}/invitation")).json()
        await physio.get(f"/api/people/{ben.person_id}")
        told = {"key": shown["key"], "code": shown["code"]}
        assert (await phone.post("/api/join/wearer", json=told)).status_code == 204
        assert (await phone.get(f"/api/people/{ben.person_id}/rights")).status_code == 404
        assert [each["name"] for each in (await phone.get("/api/rights")).json()] == ["Ada"]
        assert (await phone.get("/api/audit", params={"person_id": ben.person_id or ""})).status_code == 404
        acts = (await phone.get("/api/audit")).json()
    assert acts
    assert {act["person_id"] for act in acts} == {ada.person_id}


async def test_whoever_ordered_an_erasure_sees_which_home_has_erased(house: House) -> None:
    ada, records = house.wearer("Ada"), house.services.records
    with records.write() as session:
        for home in ("quick", "slow", "old"):
            told = Bridge(home, Holder.HOME, f"{home} home", hash_secret("x"), NOW_US, "test")
            bridges.enrol(session, LOCAL_CLINIC, told)
            bridges.move_in(session, LOCAL_CLINIC, home, ada.person_id or "")
    async with house.browser() as browser:
        await admin_of(house, browser)
        assert (await browser.get("/api/erasures/homes")).json() == []
        await browser.post(f"/api/people/{ada.person_id}/erasure", json={"name": "Ada"})
        waiting = (await browser.get("/api/erasures/homes")).json()
        assert {(each["home_id"], each["person_id"], each["erased_us"]) for each in waiting} == {
            (home, ada.person_id, None) for home in ("quick", "slow", "old")
        }
        order = {each["home_id"]: each["id"] for each in waiting}
        with records.write() as session:
            orders.done(session, LOCAL_CLINIC, order["quick"], now_us=NOW_US + 9)
            orders.done(session, LOCAL_CLINIC, order["old"], now_us=NOW_US + 9, outcome=orders.REFUSED)
            bridges.revoke(session, LOCAL_CLINIC, "slow", now_us=NOW_US + 9)
        found = {each["home_id"]: each for each in (await browser.get("/api/erasures/homes")).json()}
    told_us = {home: each["erased_us"] for home, each in found.items()}
    assert told_us == {"quick": NOW_US + 9, "slow": None, "old": None}
    assert (found["old"]["refused"], found["slow"]["revoked"], found["quick"]["refused"]) == (
        True,
        True,
        False,
    )


async def test_who_leaves_is_watched_no_more_from_that_moment(house: House) -> None:
    ada = house.wearer("Ada")
    person, watches = ada.person_id or "", house.services.watches
    async with house.browser() as phone:
        await let_in(house, phone, person)
        watches.ask(LOCAL_CLINIC, person, by="physio-1", here=False)
        watches.answer(LOCAL_CLINIC, person, yes=True)
        known = watches.find(LOCAL_CLINIC, person)
        assert known is not None
        assert known.granted
        left = await phone.post("/api/consent/withdrawal", json={"erase": False})
        assert left.status_code == 204
        assert watches.find(LOCAL_CLINIC, person) is None
        assert watches.is_over(known.id)  # its home is told so, and neither begins it again
