"""The caseload through its routes: kept rows, alerts over their life, messages, rules."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records import (
    alerts,
    prescriptions,
    sets,
    standings,
)
from tempoband.storage.records.tables import AlertRow, AuditRow
from tests.dashboard.caseload import DAY_US, NOON_US, Person
from tests.dashboard.days import SUNDAY, at
from tests.records.make import score


def row(services: Services, person: Person, now_us: int = NOON_US) -> dict[str, Any]:
    rows = services.board.rows(LOCAL_CLINIC, now_us)["rows"]
    return next(each for each in rows if each["person"]["id"] == person.id)


def rules(found: dict[str, Any]) -> list[str]:
    return [flag["rule"] for flag in found["flags"]]


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Services, "now_us", staticmethod(lambda: NOON_US))


async def test_rows_come_by_need_with_reason_rule_and_figures(
    services: Services, client: httpx.AsyncClient
) -> None:
    Person(services, "Fine").keeps_to_it()
    stopped = Person(services, "Stopped")
    stopped.done(SUNDAY - timedelta(10))
    hurts = Person(services, "Hurts").keeps_to_it()
    hurts.felt(SUNDAY - timedelta(1), 6)
    answer = (await client.get("/api/caseload")).json()
    assert [each["person"]["name"] for each in answer["rows"]] == ["Hurts", "Stopped", "Fine"]
    assert (answer["total"], answer["waiting"], answer["today"]) == (3, 2, SUNDAY.isoformat())
    pain, none, fine = answer["rows"]
    assert (pain["need"], pain["flags"][0]["words"]) == ("act", "Pain 6")
    assert "pain 5 or more" in pain["flags"][0]["rule_words"]
    assert none["flags"][0]["numbers"] == {"days": 10, "never": 0}
    assert (fine["need"], fine["state"], fine["flags"], fine["rep"]) == ("fine", "none", [], None)
    assert (fine["week"]["days_done"], fine["week"]["days_prescribed"]) == (3, 3)
    assert (fine["month"]["days_done"], fine["month"]["days_prescribed"]) == (12, 12)
    assert fine["week"]["dose"] == pytest.approx(1.0)
    assert pain["rep"]["now"]["middle_n"] == pain["rep"]["first"]["middle_n"] == [0.0, 1.0, 0.0]
    assert (pain["rep"]["now"]["reps"], pain["rep"]["first"]["reps"]) == (36, 36)
    assert none["rep"]["now"] is None


async def test_one_case_stands_between_the_one_before_and_the_next(
    services: Services, client: httpx.AsyncClient
) -> None:
    fine = Person(services, "Fine").keeps_to_it()
    stopped = Person(services, "Stopped")
    stopped.done(SUNDAY - timedelta(10))
    hurts = Person(services, "Hurts").keeps_to_it()
    hurts.felt(SUNDAY - timedelta(1), 6)

    async def place(person: Person) -> tuple[Any, ...]:
        told = (await client.get(f"/api/caseload/{person.id}")).json()
        assert told["row"]["person"]["id"] == person.id
        return told["place"], told["waiting"], told["before"], told["after"]

    assert await place(hurts) == (1, 2, None, stopped.id)
    assert await place(stopped) == (2, 2, hurts.id, None)
    assert await place(fine) == (None, 2, None, hurts.id)
    assert (await client.get("/api/caseload/nobody")).status_code == 404


def test_a_row_is_computed_anew_only_when_something_changed(services: Services) -> None:
    one, other = Person(services, "One").keeps_to_it(), Person(services, "Other").keeps_to_it()
    board = services.board
    assert board.refresh(LOCAL_CLINIC, NOON_US) == 2
    assert board.refresh(LOCAL_CLINIC, NOON_US) == 0
    one.felt(SUNDAY, 2)
    assert board.refresh(LOCAL_CLINIC, NOON_US) == 1
    discarded = other.done(SUNDAY)
    with services.records.write() as session:
        sets.discard(session, LOCAL_CLINIC, discarded, NOON_US)
    assert board.refresh(LOCAL_CLINIC, NOON_US) == 1
    assert row(services, other)["week"]["days_done"] == 3
    with services.records.write() as session:
        prescriptions.end(session, LOCAL_CLINIC, one.plan.id, now_us=NOON_US)
    assert board.refresh(LOCAL_CLINIC, NOON_US) == 1
    assert board.refresh(LOCAL_CLINIC, NOON_US + DAY_US) == 2  # another day, other windows
    with services.records.write() as session:
        standings.forget(session, LOCAL_CLINIC)
    assert board.refresh(LOCAL_CLINIC, NOON_US + DAY_US) == 2


def test_a_set_given_to_somebody_else_changes_both_rows(services: Services) -> None:
    one, other = Person(services, "One"), Person(services, "Other")
    moved = one.done(SUNDAY)
    services.board.refresh(LOCAL_CLINIC, NOON_US)
    with services.records.write() as session:
        known = sets.get(session, LOCAL_CLINIC, moved).set
        given = replace(
            known, person_id=other.id, revision=2, prescription_id=None, prescription_version=None
        )
        sets.save(session, LOCAL_CLINIC, given, score([True] * 12, tut_s=60.0))
    assert services.board.refresh(LOCAL_CLINIC, NOON_US) == 2
    assert row(services, one)["last_set_us"] is None
    assert row(services, other)["last_set_us"] == at(SUNDAY, 9)


async def test_a_snoozed_flag_sleeps_and_an_acknowledged_one_stays_until_something_new(
    services: Services, client: httpx.AsyncClient
) -> None:
    hurts = Person(services).keeps_to_it()
    hurts.felt(SUNDAY - timedelta(1), 6)
    assert row(services, hurts)["state"] == "open"
    assert (await client.post(f"/api/caseload/{hurts.id}/snooze", json={"days": 2})).json() == 1
    assert row(services, hurts)["state"] == "snoozed"
    assert row(services, hurts, NOON_US + 2 * DAY_US)["state"] == "open"
    assert (await client.post(f"/api/caseload/{hurts.id}/acknowledge")).json() == 1
    assert row(services, hurts, NOON_US + 60_000_000)["state"] == "acknowledged"
    assert (await client.post(f"/api/caseload/{hurts.id}/reopen")).json() == 1
    assert row(services, hurts)["state"] == "open"
    await client.post(f"/api/caseload/{hurts.id}/acknowledge")
    hurts.felt(SUNDAY, 7, hour=11)  # new and worse
    assert (row(services, hurts)["state"], row(services, hurts)["flags"][0]["words"]) == ("open", "Pain 7")


def test_an_alert_is_cleared_with_its_reason_and_raised_anew_with_the_next(services: Services) -> None:
    stopped = Person(services)
    stopped.done(SUNDAY - timedelta(10))
    first = row(services, stopped)["flags"][0]["id"]
    stopped.done(SUNDAY)
    assert "no_set" not in rules(row(services, stopped))
    later_us = NOON_US + 8 * DAY_US
    again = next(f["id"] for f in row(services, stopped, later_us)["flags"] if f["rule"] == "no_set")
    assert again != first
    with services.records.read() as session:
        states = {each.id: each.state for each in session.scalars(select(AlertRow))}
    assert (states[first], states[again]) == ("cleared", "open")


def test_nobody_who_was_acknowledged_is_forgotten_for_good(services: Services) -> None:
    stopped = Person(services)
    stopped.done(SUNDAY - timedelta(10))
    flag = row(services, stopped)["flags"][0]
    with services.records.write() as session:
        alerts.acknowledge(session, LOCAL_CLINIC, flag["id"], by="x", now_us=NOON_US)
    assert row(services, stopped, NOON_US + 13 * DAY_US)["state"] == "acknowledged"
    assert row(services, stopped, NOON_US + 15 * DAY_US)["state"] == "open"


async def test_a_message_is_sent_put_away_read_and_audited(
    services: Services, client: httpx.AsyncClient
) -> None:
    hurts = Person(services).keeps_to_it()
    hurts.felt(SUNDAY - timedelta(1), 6)
    services.board.refresh(LOCAL_CLINIC, NOON_US)
    sent = await client.post(f"/api/caseload/{hurts.id}/send", json={"body": " Hi\nAda ", "days": 3})
    assert (sent.status_code, sent.json()["body"]) == (200, "Hi\nAda")
    found = row(services, hurts)
    assert (found["state"], found["snoozed_until_us"]) == ("snoozed", NOON_US + 3 * DAY_US)
    inbox = f"/api/people/{hurts.id}/messages"
    [message] = (await client.get(inbox)).json()
    assert message["read_us"] is None
    [read] = (await client.post(f"{inbox}/read", json={"ids": [message["id"]]})).json()
    assert read["read_us"] == NOON_US
    assert (await client.post(f"{inbox}/read", json={"ids": ["nonsense"]})).status_code == 404
    for wrong in ({"body": " "}, {"body": "x" * 2001}, {"body": "x", "days": 0}):
        assert (await client.post(f"/api/caseload/{hurts.id}/send", json=wrong)).status_code == 422
    with services.records.read() as session:
        acts = [(a.resource, a.person_id, a.detail) for a in session.scalars(select(AuditRow))]
    assert ("message", hurts.id, None) in acts
    assert ("alerts", hurts.id, {"what": "snooze", "rules": ["pain"]}) in acts
    assert "Ada" not in str(acts)


async def test_a_rule_is_changed_for_this_clinic_at_once(
    services: Services, client: httpx.AsyncClient
) -> None:
    hurts = Person(services).keeps_to_it()
    hurts.felt(SUNDAY - timedelta(1), 6)
    assert rules(row(services, hurts)) == ["pain"]
    listed = {each["rule"]: each for each in (await client.get("/api/rules")).json()}
    assert (listed["pain"]["flagged"], listed["pain"]["limits"]["pain"]["value"]) == (1, 5)
    changed = await client.put("/api/rules", json={"rule": "pain", "limits": {"pain": 7}})
    after = {each["rule"]: each for each in changed.json()}["pain"]
    assert (after["flagged"], after["words"]) == (0, "pain 7 or more, or 2 above usual, within a week")
    assert rules(row(services, hurts)) == []
    off = await client.put("/api/rules", json={"rule": "no_set", "enabled": False})
    assert {each["rule"]: each["enabled"] for each in off.json()}["no_set"] is False
    refused = await client.put("/api/rules", json={"rule": "pain", "limits": {"pain": 12}})
    assert (refused.status_code, refused.json()["detail"]) == (422, "pain is from 1 to 10, not 12")


def test_reps_that_snap_and_seconds_that_are_missing(services: Services) -> None:
    snaps, quick = Person(services, "Snaps"), Person(services, "Quick")
    for back in (1, 3, 5):
        snaps.done(SUNDAY - timedelta(back), snap_backs=4)
        quick.done(SUNDAY - timedelta(back), tut_s=30.0)
    found = row(services, snaps)["flags"][0]
    assert (found["rule"], found["numbers"]) == ("snap_back", {"n": 12, "of": 36})
    dose = row(services, quick)["flags"][0]
    assert (dose["rule"], dose["numbers"]["quick"], dose["numbers"]["back_s"]) == ("dose", 1, 1.9)
    assert row(services, quick)["delivered"][0] | {"dose": 0.5} == {
        "exercise": "clamshell",
        "exercise_name": row(services, quick)["delivered"][0]["exercise_name"],
        "unit": "under_tension",
        "done": 90.0,
        "prescribed": 180.0,
        "dose": 0.5,
    }


async def test_a_message_begins_in_the_language_of_whoever_will_read_it(
    services: Services, client: httpx.AsyncClient
) -> None:
    Person(services, "Ada Lovelace").done(SUNDAY - timedelta(10))
    [row] = (await client.get("/api/caseload")).json()["rows"]
    assert row["draft"].startswith("Hi Ada, I have not seen a set")
    told = await client.put(f"/api/people/{row['person']['id']}/language", json={"language": "de"})
    assert told.json()["language"] == "de"
    [row] = (await client.get("/api/caseload", headers={"accept-language": "en"})).json()["rows"]
    assert row["draft"].startswith("Hallo Ada, ich habe länger keinen Satz")
    assert row["exercises"] == ["Banded clamshell"]
    [row] = (await client.get("/api/caseload", headers={"accept-language": "de-AT"})).json()["rows"]
    assert row["exercises"] == ["Muschel mit Band"]
    refused = await client.put(f"/api/people/{row['person']['id']}/language", json={"language": "fr"})
    assert refused.status_code == 422
