"""The month and the notes of one person."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from analytics.coaching.calendar import local_day
from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.storage.records import audit, clinics, prescriptions, self_reports, sets
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.self_reports import SelfReport
from tests.dashboard.people import add
from tests.records.make import draft, score, set_record
from tests.support.five_weeks import ZONE, at

TODAY = local_day(at(local_day(1_795_270_000_000_000, ZONE), 12), ZONE)  # a Saturday in November 2026
NOW_US = at(TODAY, 12)


@pytest.fixture(autouse=True)
def _clock(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(services), "now_us", staticmethod(lambda: NOW_US))
    with services.records.write() as session:
        clinics.set_time_zone(session, LOCAL_CLINIC, ZONE.key)


def plan(services: Services, person: str, weeks: int, **changes: Any) -> prescriptions.Prescription:
    with services.records.write() as session:
        asked = draft(**{"sets": 1, "side": "left"} | changes)
        since_us = at(TODAY - timedelta(weeks=weeks), 6)
        return prescriptions.prescribe(session, LOCAL_CLINIC, person, asked, by="p", now_us=since_us)


def do(
    services: Services, made: prescriptions.Prescription | None, person: str, days_ago: int, reps: int
) -> str:
    at_us = at(TODAY - timedelta(days=days_ago), 18)
    item = set_record(
        person_id=person,
        exercise="clamshell",
        prescription_id=made.id if made else None,
        prescription_version=made.version if made else None,
        started_us=at_us,
        ended_us=at_us + 60_000_000,
        status=SetStatus.FINAL,
    )
    with services.records.write() as session:
        sets.save(session, LOCAL_CLINIC, item, score([True] * reps, tut_s=5.0 * reps))
    return item.id


async def month(client: httpx.AsyncClient, person: str, **query: str) -> dict[str, Any]:
    answer = await client.get(f"/api/people/{person}/calendar", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_month_tells_done_partly_missed_open_and_rest(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client)
    made = plan(services, person, 6, weekdays=(0, 2, 5), days_per_week=None)  # Mondays, Wednesdays, Saturdays
    done = do(services, made, person, 5, 12)  # Monday
    do(services, made, person, 3, 5)  # Wednesday, too few reps
    told = await month(client, person)
    days = {day["day"]: day for day in told["days"]}
    assert (told["month"], told["today"], len(days)) == ("2026-11", "2026-11-21", 30)
    states = {day: days[f"2026-11-{day:02}"]["state"] for day in (14, 16, 17, 18, 20, 21, 23, 24)}
    assert states == {
        14: "missed",
        16: "done",
        17: "rest",
        18: "partly",
        20: "rest",
        21: "open",  # today: due, and not over
        23: "open",
        24: "rest",
    }
    [only] = days["2026-11-16"]["exercises"]
    assert (only["prescription_id"], only["version"], only["sets_done"]) == (made.id, 1, 1)
    assert [each["id"] for each in days["2026-11-16"]["sets"]] == [done]
    assert told["days_kept"] == 2
    assert told["days_asked"] == 11  # of the 28 days to today: a day that is not over is no miss
    assert told["week"] == 7


async def test_free_days_to_come_are_not_planned_and_said_days_stand_beside_worked_ones(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client)
    made = plan(services, person, 6, days_per_week=3, weekdays=None)
    for days_ago in (5, 3):
        do(services, made, person, days_ago, 12)
    with services.records.write() as session:
        for days_ago in (9, 5, 3, 3, 1):
            at_us = at(TODAY - timedelta(days=days_ago), 20)
            report = SelfReport(new_id(), person, at_us, "x", effort_cr10=3.0)
            self_reports.add(session, LOCAL_CLINIC, report)
    told = await month(client, person)
    days = {day["day"]: day for day in told["days"]}
    assert {days[f"2026-11-{day}"]["state"] for day in range(22, 31)} == {"rest"}
    assert told["free_days"] == 3
    assert (told["days_reported"], told["days_worked"]) == (4, 2)
    plan(services, person, 6, weekdays=(6,), days_per_week=None)
    days = {day["day"]: day for day in (await month(client, person))["days"]}
    assert (days["2026-11-22"]["state"], days["2026-11-23"]["state"]) == ("open", "rest")


async def test_work_nobody_asked_for_is_shown_and_days_with_a_set_are_a_count(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client)
    for days_ago in (1, 1, 29, 30):
        do(services, None, person, days_ago, 6)
    do(services, None, person, 2, 0)  # not a single rep: no day with a set
    told = await month(client, person)
    days = {day["day"]: day for day in told["days"]}
    assert (days["2026-11-20"]["state"], days["2026-11-20"]["unprescribed"]) == ("rest", 2)
    assert (told["days_with_a_set"], told["days_asked"], told["week"]) == (2, 0, None)


async def test_another_month_and_none_that_does_not_exist(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client)
    plan(services, person, 8, days_per_week=7)
    october = await month(client, person, month="2026-10")
    assert (len(october["days"]), october["days"][-1]["state"]) == (31, "missed")
    for wrong in ("2026-13", "soon", "2026-1"):
        answer = await client.get(f"/api/people/{person}/calendar", params={"month": wrong})
        assert answer.status_code == 422


async def test_notes_point_at_a_set_or_a_moment_of_it(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    done = do(services, None, person, 1, 6)
    path = f"/api/people/{person}/notes"
    at_us = at(TODAY - timedelta(days=1), 18) + 20_000_000
    general = (await client.post(path, json={"body": "Prefers\nthe morning."})).json()
    pointed = (await client.post(path, json={"body": "Look here", "set_id": done, "about_us": at_us})).json()
    assert (pointed["set_id"], pointed["about_us"]) == (done, at_us)
    listed = (await client.get(path)).json()
    assert {each["id"] for each in listed} == {general["id"], pointed["id"]}
    assert (await client.delete(f"/api/notes/{general['id']}")).status_code == 204
    assert [each["id"] for each in (await client.get(path)).json()] == [pointed["id"]]
    with services.records.read() as session:
        acts = list(audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62, person_id=person))
    assert [act.action for act in acts if act.resource == "note"] == ["notes.write"] * 3


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ({"body": "  "}, "body"),
        ({"body": "x", "about_us": 1_795_270_000_000_000}, "name its set_id"),
        ({"body": "a\x00b"}, "body"),
        ({"body": "x" * 4001}, "body"),
    ],
)
async def test_a_note_that_makes_no_sense(
    client: httpx.AsyncClient, note: dict[str, Any], words: str
) -> None:
    person = await add(client)
    answer = await client.post(f"/api/people/{person}/notes", json=note)
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True), answer.text


async def test_a_note_is_about_this_persons_sets_only(client: httpx.AsyncClient, services: Services) -> None:
    somebody, other = await add(client), await add(client, "Bo")
    theirs = do(services, None, other, 1, 6)
    answer = await client.post(f"/api/people/{somebody}/notes", json={"body": "x", "set_id": theirs})
    assert answer.status_code == 422


async def test_unlabelled_sets_can_be_asked_for(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    do(services, None, person, 1, 6)
    with services.records.write() as session:
        found = set_record(person_id=person, declared=False, started_us=NOW_US, ended_us=NOW_US + 1)
        sets.save(session, LOCAL_CLINIC, found, score([True]))
    listed = (await client.get("/api/sets", params={"person": person, "exercise": "unknown"})).json()["sets"]
    assert [each["id"] for each in listed] == [found.id]
