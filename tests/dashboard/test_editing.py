from typing import Any

import httpx
import pytest

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import Side
from tempoband.storage.records import audit, declarations, devices, sets
from tempoband.storage.records.devices import Device
from tests.dashboard.people import add, prescribe
from tests.dashboard.served import SENSOR
from tests.dashboard.telling import open_set
from tests.records.make import score, set_record


@pytest.fixture(autouse=True)
def _sensor(services: Services) -> None:
    with services.records.write() as session:
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Left hip", 1))


@pytest.fixture
def found_id(services: Services) -> str:
    """A set that nobody told of."""
    found = set_record(declared=False, status=SetStatus.FINAL)
    with services.records.write() as session:
        sets.save(session, LOCAL_CLINIC, found, score([None]))
    return found.id


async def change(client: httpx.AsyncClient, set_id: str, **said: Any) -> dict[str, Any]:
    answer = await client.patch(f"/api/sets/{set_id}", json=said)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_found_set_is_labelled(client: httpx.AsyncClient, services: Services, found_id: str) -> None:
    person = await add(client)
    after = await change(client, found_id, exercise="clamshell", side="left", person_id=person)
    assert (after["exercise"], after["side"], after["person"]["name"]) == ("clamshell", "left", "Ada")
    assert after["tempo"]  # the catalogue's, since none was told
    with services.records.read() as session:
        told = declarations.get(session, LOCAL_CLINIC, found_id)
        stored = sets.get(session, LOCAL_CLINIC, found_id).set
    assert (told.opened_us, told.closed_us) == (stored.started_us, stored.ended_us)


async def test_that_was_the_other_side(client: httpx.AsyncClient) -> None:
    opened = await open_set(client, exercise="clamshell", side="left", tempo="3-0-3")
    after = await change(client, opened["id"], side="right")
    same = {name: value for name, value in opened.items() if name != "side"}
    assert {name: value for name, value in after.items() if name != "side"} == same
    assert after["side"] == "right"


async def test_another_exercise_leaves_the_prescription(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client)
    prescribed = await prescribe(client, person, side="left")
    opened = await open_set(client, prescription_id=prescribed["id"])
    after = await change(client, opened["id"], exercise="fire-hydrant")
    assert (after["prescription_id"], after["target"]) == (None, None)
    assert after["exercise"] == "fire-hydrant"
    back = await change(client, opened["id"], prescription_id=prescribed["id"])
    assert (back["exercise"], back["tempo"], back["prescription_id"]) == (
        "clamshell",
        "2-1-2",
        prescribed["id"],
    )
    with services.records.read() as session:
        assert declarations.get(session, LOCAL_CLINIC, opened["id"]).side is Side.LEFT


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"exercise": "moon-walk"}, 422, "known:"),
        ({"tempo": "quick"}, 422, "out-hold-back-rest"),
        ({"person_id": "nobody"}, 404, "no person"),
        ({"prescription_id": "none"}, 404, "no prescription"),
        ({"exercise": None}, 422, "exercise"),
        ({"sensor": "other"}, 422, "Extra inputs"),
    ],
)
async def test_a_correction_that_makes_no_sense_changes_nothing(
    client: httpx.AsyncClient, said: dict[str, Any], status: int, words: str
) -> None:
    opened = await open_set(client, exercise="clamshell", side="left")
    answer = await client.patch(f"/api/sets/{opened['id']}", json=said)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True)
    assert (await client.get(f"/api/sets/{opened['id']}")).json() == opened


async def test_every_change_is_in_the_audit_without_names_or_measurements(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client, "Ada Secretname")
    prescribed = await prescribe(client, person, side="left")
    opened = await open_set(client, prescription_id=prescribed["id"])
    await change(client, opened["id"], side="right")
    await client.post(f"/api/sets/{opened['id']}/discard")
    await client.post(f"/api/people/{person}/reports", json={"pain": 7, "set_id": opened["id"]})
    await client.delete(f"/api/prescriptions/{prescribed['id']}")
    with services.records.read() as session:
        acts = list(audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62))
    assert [(act.action, act.resource) for act in acts] == [
        ("people.add", "person"),
        ("prescriptions.write", "prescription"),
        ("sets.open", "set"),
        ("sets.edit", "set"),
        ("sets.edit", "set"),
        ("reports.write", "report"),
        ("prescriptions.write", "prescription"),
    ]
    assert {act.person_id for act in acts} == {person}
    assert {act.by for act in acts} == {"local-owner"}
    assert "Secretname" not in repr(acts)


async def test_a_refused_change_leaves_no_trace_in_the_audit(
    client: httpx.AsyncClient, services: Services
) -> None:
    await client.patch("/api/sets/none", json={"side": "left"})
    await client.post("/api/people", json={"name": " "})
    with services.records.read() as session:
        assert list(audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62)) == []


async def test_pain_and_effort_are_kept(client: httpx.AsyncClient) -> None:
    person = await add(client)
    path = f"/api/people/{person}/reports"
    for body in ({"pain": 0}, {"effort_cr10": 7.5}, {"pain": 4, "effort_cr10": 3}):
        assert (await client.post(path, json=body)).status_code == 201
    found = (await client.get(path)).json()
    assert [(each["pain"], each["effort_cr10"]) for each in found] == [(0, None), (None, 7.5), (4, 3.0)]
    later = await client.get(path, params={"start_us": found[-1]["at_us"] + 1})
    assert later.json() == []


@pytest.mark.parametrize("body", [{}, {"pain": 11}, {"effort_cr10": -1}, {"pain": 3, "mood": 1}])
async def test_a_report_off_the_scale_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    person = await add(client)
    assert (await client.post(f"/api/people/{person}/reports", json=body)).status_code == 422
    strange = await client.post(f"/api/people/{person}/reports", json={"pain": 3, "set_id": "none"})
    assert strange.status_code == 404
    assert (await client.get(f"/api/people/{person}/reports")).json() == []
