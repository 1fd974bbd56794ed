import httpx
import pytest

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.storage.records import declarations, devices, references, sets
from tempoband.storage.records.devices import Device
from tempoband.storage.records.references import Reference
from tests.dashboard.people import add, prescribe
from tests.dashboard.served import SENSOR
from tests.dashboard.telling import open_set, score_it
from tests.records.make import score, set_record


@pytest.fixture(autouse=True)
def _sensor(services: Services) -> None:
    with services.records.write() as session:
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Left hip", 1))


async def test_a_prescribed_set_from_start_to_score(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    prescribed = await prescribe(client, person, side="left")
    opened = await open_set(client, prescription_id=prescribed["id"])
    assert (opened["status"], opened["ended_us"], opened["reps"]) == ("open", None, [])
    assert (opened["person"]["name"], opened["exercise"], opened["side"]) == ("Ada", "clamshell", "left")
    assert (opened["tempo"], opened["set_number"]) == ("2-1-2", 1)
    assert opened["target"] == {
        "sets": 3,
        "reps_lower": 12,
        "reps_upper": 12,
        "seconds": None,
        "steps": None,
    }
    closed = (await client.post(f"/api/sets/{opened['id']}/close")).json()
    assert (closed["status"], closed["close_reason"]) == ("provisional", "hand")
    begun_us = opened["started_us"] + 1_000_000
    score_it(services, opened["id"], [True] * 11 + [False], started_us=begun_us)
    final = (await client.get(f"/api/sets/{opened['id']}")).json()
    assert (final["status"], len(final["reps"]), final["sentence"]) == ("final", 12, "Good.")
    assert final["score"]["time_under_tension_s"] == {"total": 50.0}
    assert final["started_us"] == begun_us
    assert (await client.get("/api/sets")).json()["sets"] == [final]


async def test_sides_alternate_and_sets_are_counted_per_side(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client)
    prescribed = await prescribe(client, person)
    seen = []
    for _ in range(4):
        opened = await open_set(client, prescription_id=prescribed["id"])
        await client.post(f"/api/sets/{opened['id']}/close")
        score_it(services, opened["id"], [True])
        seen.append((opened["side"], opened["set_number"]))
    assert seen == [("left", 1), ("right", 1), ("left", 2), ("right", 2)]


async def test_a_second_set_on_the_sensor_replaces_the_first(client: httpx.AsyncClient) -> None:
    first = await open_set(client, exercise="clamshell", side="left")
    second = await open_set(client)
    replaced = (await client.get(f"/api/sets/{first['id']}")).json()
    assert (replaced["status"], replaced["close_reason"]) == ("provisional", "replaced")
    assert [each["id"] for each in (await client.get("/api/sets")).json()["sets"]] == [second["id"]]
    assert (second["exercise"], second["exercise_name"], second["tempo"]) == (
        "unknown",
        "Not labelled yet",
        None,
    )


async def test_a_free_set_takes_the_wearer_and_the_catalogues_tempo(client: httpx.AsyncClient) -> None:
    person = await add(client)
    assert (await client.put(f"/api/sensors/{SENSOR}/person", json={"person_id": person})).status_code == 204
    opened = await open_set(client, exercise="clamshell", side="right")
    assert opened["person"] == {"id": person, "name": "Ada"}
    assert opened["tempo"]
    assert (await client.get(f"/api/people/{person}")).json()["sensor"] == SENSOR
    await client.put(f"/api/sensors/{SENSOR}/person", json={"person_id": None})
    assert (await open_set(client))["person"] is None


async def test_the_reference_of_the_rig_is_named(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    prescribed = await prescribe(client, person, side="left", band_label="green")
    with services.records.write() as session:
        for n, label in enumerate(("green", "blue")):
            reference = Reference(
                label, person, "clamshell", declarations.Side.LEFT, 40.0, 50.0, n, band_label=label
            )
            references.add(session, LOCAL_CLINIC, reference)
    opened = await open_set(client, prescription_id=prescribed["id"])
    with services.records.read() as session:
        assert declarations.get(session, LOCAL_CLINIC, opened["id"]).reference_id == "green"


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"sensor": "no-such"}, 404, "no sensor"),
        ({"exercise": "moon-walk"}, 422, "known:"),
        ({"exercise": "clamshell", "tempo": "quick"}, 422, "out-hold-back-rest"),
        ({"person_id": "nobody"}, 404, "no person"),
        ({"prescription_id": "none"}, 404, "no prescription"),
        ({"side": "top"}, 422, "side"),
    ],
)
async def test_a_set_that_makes_no_sense(
    client: httpx.AsyncClient, asked: dict[str, str], status: int, words: str
) -> None:
    answer = await client.post("/api/sets", json={"sensor": SENSOR} | asked)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert (await client.get("/api/sets")).json() == {"sets": []}


async def test_a_prescription_is_for_its_person_and_exercise(client: httpx.AsyncClient) -> None:
    person, other = await add(client), await add(client, "Bo")
    prescribed = await prescribe(client, person)
    for asked, words in (
        ({"person_id": other}, "somebody else"),
        ({"exercise": "fire-hydrant"}, "another exercise"),
    ):
        body = {"sensor": SENSOR, "prescription_id": prescribed["id"]} | asked
        answer = await client.post("/api/sets", json=body)
        assert (answer.status_code, words in answer.json()["detail"]) == (422, True)
    await client.delete(f"/api/prescriptions/{prescribed['id']}")
    answer = await client.post("/api/sets", json={"sensor": SENSOR, "prescription_id": prescribed["id"]})
    assert "ended" in answer.json()["detail"]


async def test_discarding_keeps_a_set_out_of_the_list_but_readable(
    client: httpx.AsyncClient, services: Services
) -> None:
    opened = await open_set(client, exercise="clamshell", side="left")
    gone = (await client.post(f"/api/sets/{opened['id']}/discard")).json()
    assert gone["status"] == "discarded"
    score_it(services, opened["id"], [True])
    assert (await client.get("/api/sets")).json() == {"sets": []}
    assert (await client.get(f"/api/sets/{opened['id']}")).json()["status"] == "discarded"


async def test_a_discarded_found_set_stays_away(client: httpx.AsyncClient, services: Services) -> None:
    found = set_record(declared=False, status=SetStatus.FINAL)
    with services.records.write() as session:
        sets.save(session, LOCAL_CLINIC, found, score([None]))
    assert [x["exercise"] for x in (await client.get("/api/sets")).json()["sets"]] == ["unknown"]
    await client.post(f"/api/sets/{found.id}/discard")
    assert (await client.get("/api/sets")).json() == {"sets": []}
    with services.records.read() as session:
        told = declarations.touching(session, LOCAL_CLINIC, SENSOR, found.started_us, found.ended_us)
    assert [(each.id, each.discarded_us is not None, each.close_reason) for each in told] == [
        (found.id, True, CloseReason.HAND)
    ]


async def test_lists_are_filtered_and_paged(client: httpx.AsyncClient, services: Services) -> None:
    ids = []
    for n in range(5):
        item = set_record(started_us=1_795_000_000_000_000 + n, ended_us=1_795_000_000_000_009)
        with services.records.write() as session:
            sets.save(session, LOCAL_CLINIC, item, score([True]))
        ids.insert(0, item.id)
    first = (await client.get("/api/sets", params={"limit": 2})).json()["sets"]
    rest = (await client.get("/api/sets", params={"before_us": first[-1]["started_us"]})).json()["sets"]
    assert [each["id"] for each in first + rest] == ids
    assert (await client.get("/api/sets", params={"sensor": "other"})).json() == {"sets": []}
    assert (await client.get("/api/sets", params={"limit": 0})).status_code == 422
