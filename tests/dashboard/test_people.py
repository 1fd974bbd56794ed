from typing import Any

import httpx
import pytest

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records import devices, sightings
from tempoband.storage.records.devices import Device
from tempoband.storage.records.sightings import Sighting
from tests.dashboard.people import CLAMSHELL, add, prescribe


async def test_people_and_their_prescriptions(client: httpx.AsyncClient) -> None:
    person = await add(client)
    made = await prescribe(client, person)
    assert (made["tempo"], made["tempo_order"], made["reps_upper"]) == ("2-1-2", "out-hold-back-rest", 12)
    assert (made["exercise_name"], made["kind"], made["version"]) == ("Banded clamshell", "dynamic", 1)
    listed = (await client.get("/api/people")).json()
    assert [(p["name"], [x["id"] for x in p["prescriptions"]]) for p in listed] == [("Ada", [made["id"]])]
    assert (await client.get(f"/api/people/{person}")).json() == listed[0]


async def test_a_revision_replaces_and_history_keeps(client: httpx.AsyncClient) -> None:
    person = await add(client)
    first = await prescribe(client, person)
    second = await prescribe(client, person, id=first["id"], reps_lower=15)
    path = f"/api/people/{person}/prescriptions"
    assert [(x["version"], x["reps_lower"]) for x in (await client.get(path)).json()] == [(2, 15)]
    ended = (await client.delete(f"/api/prescriptions/{first['id']}")).json()
    assert ended["version"] == second["version"]
    assert ended["ended_us"] >= ended["started_us"]
    assert (await client.get(path)).json() == []
    history = (await client.get(path, params={"history": "true"})).json()
    assert [x["version"] for x in history if x["ended_us"] > x["started_us"]] == [
        x["version"] for x in history
    ]
    assert [x["version"] for x in history] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exercise": "unknown"}, "name the exercise"),
        ({"exercise": "moon-walk"}, "there is no exercise 'moon-walk'; known: "),
        ({"tempo": "fast"}, "order out-hold-back-rest"),
        ({"sets": 0}, "sets"),
        ({"days_per_week": None}, "how many days"),
        ({"reps": 12}, "Extra inputs"),
        ({"reps_lower": 5, "reps_upper": 3}, "at most reps_upper"),
    ],
)
async def test_a_prescription_that_makes_no_sense(
    client: httpx.AsyncClient, changes: dict[str, Any], words: str
) -> None:
    person = await add(client)
    answer = await client.post(f"/api/people/{person}/prescriptions", json=CLAMSHELL | changes)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


async def test_what_is_not_there_is_said_to_be_not_there(client: httpx.AsyncClient) -> None:
    for method, path in (
        ("GET", "/api/people/nobody"),
        ("GET", "/api/people/nobody/prescriptions"),
        ("DELETE", "/api/prescriptions/none"),
        ("GET", "/api/sets/none"),
        ("POST", "/api/sets/none/close"),
        ("GET", "/api/sets/none/curve"),
    ):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["reason"]) == (404, "not_found"), path


async def test_a_name_of_spaces_is_no_name(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/people", json={"name": "   "})).status_code == 422


async def test_the_catalogue_and_the_system_say_what_they_are(
    client: httpx.AsyncClient, services: Services
) -> None:
    exercises = (await client.get("/api/exercises")).json()
    assert {"clamshell", "banded-glute-bridge"} <= {each["slug"] for each in exercises}
    info = (await client.get("/api/info")).json()
    assert (info["mode"], info["simulated"], info["clinic"]) == ("dashboard", False, "This machine")
    health = await client.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (503, "degraded")
    assert not health.json()["parts"]["dashboard.mqtt"]["ok"]
    assert health.json()["parts"]["dashboard.records"] == {"ok": True, "detail": ""}
    services.health.set("ingest", ok=False, detail="the disk is full")
    assert (await client.get("/healthz")).json()["parts"]["ingest"]["detail"] == "the disk is full"


async def test_a_silent_sensor_is_worn_all_the_same(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    assert (await client.get(f"/api/people/{person}")).json()["worn"] is None
    with services.records.write() as session:
        devices.seen(session, LOCAL_CLINIC, Device("s1", "Progressor 1", 1))
        devices.assign(session, LOCAL_CLINIC, "s1", person, now_us=2)
        sightings.heard(session, LOCAL_CLINIC, Sighting("s1", 3, 6))
    told = (await client.get(f"/api/people/{person}")).json()
    assert told["worn"] == {"sensor": "s1", "name": "Progressor 1", "heard_us": 3, "battery_percent": 6}
    assert told["sensor"] == "s1"
