"""Trends, guesses, self-tests, walks that turn and sets by hand over HTTP."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.storage.records import declarations, devices, sets
from tempoband.storage.records.devices import Device
from tests.dashboard.people import add, prescribe
from tests.dashboard.served import SENSOR
from tests.dashboard.telling import open_set
from tests.records.make import score, set_record

RIG = {"band_label": "green", "placement": "just-above-the-knees", "ring_length_cm": 30}


@pytest.fixture(autouse=True)
def _sensor(services: Services) -> None:
    with services.records.write() as session:
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Left hip", 1))


async def test_a_walk_that_turns_is_one_set_of_the_day(client: httpx.AsyncClient) -> None:
    person = await add(client)
    plan = await prescribe(
        client, person, exercise="lateral-band-walk", tempo="constant", reps_lower=None, steps=12
    )
    there = await open_set(client, prescription_id=plan["id"], direction="there")
    back = await open_set(client, prescription_id=plan["id"], direction="back")
    assert (there["set_number"], back["set_number"], back["direction"]) == (1, None, "back")
    assert (await client.get(f"/api/sets/{there['id']}")).json()["close_reason"] == "replaced"
    assert (await open_set(client, prescription_id=plan["id"], direction="there"))["set_number"] == 2


async def test_a_set_by_hand_needs_no_sensor_and_counts_what_the_wearer_counted(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client)
    plan = await prescribe(client, person, exercise="squat", tempo="2-0-2-0", reps_lower=12, reps_upper=15)
    asked = {"prescription_id": plan["id"]}
    opened = (await client.post("/api/sets", json=asked)).json()
    assert (opened["kind"], opened["person"]["id"], opened["hand_reps"]) == ("by_hand", person, None)
    assert (await client.patch(f"/api/sets/{opened['id']}", json={"hand_reps": 13})).json()["hand_reps"] == 13
    await client.post(f"/api/sets/{opened['id']}/close")
    with services.records.write() as session:
        told = declarations.get(session, LOCAL_CLINIC, opened["id"])
        item = set_record(
            id=told.id,
            sensor=told.sensor,
            person_id=person,
            exercise="squat",
            kind="by_hand",
            prescription_id=plan["id"],
            prescription_version=1,
            started_us=told.opened_us,
            ended_us=told.closed_us,
            status=SetStatus.FINAL,
        )
        sets.save(session, LOCAL_CLINIC, item, score([]))
    [kept] = (await client.get("/api/compliance")).json()["people"]
    assert kept["sets_done"] == 1
    refused = await client.post("/api/sets", json={"exercise": "clamshell", "person_id": person})
    assert refused.status_code == 422
    assert "which sensor" in refused.json()["detail"]


def scored(services: Services, person: str, plan: dict[str, Any], started_us: int, **changes: Any) -> str:
    """A finished set of twelve reps with phases 0.3 s too long."""
    with services.records.write() as session:
        item = set_record(
            person_id=person,
            exercise="clamshell",
            side=changes.pop("side", "left"),
            status=SetStatus.FINAL,
            prescription_id=plan["id"],
            prescription_version=plan["version"],
            started_us=started_us,
            ended_us=changes.pop("ended_us", started_us + 1),
        )
        phase = {"seconds": 2.3, "error_s": 0.3, "target_s": 2.0, "on_tempo": True}
        rep = {
            "peak_n": 40.0,
            "excursion_n": 30.0,
            "eccentric_start_s": 2.0,
            "eccentric_end_s": 3.5,
            "tempo": {"concentric": phase, "eccentric": phase | {"error_s": -0.5}, "on_tempo": True},
        }
        made = replace(
            score([True] * 12, tut_s=50.0),
            reps=tuple(
                rep
                | changes
                | {
                    "concentric_start_s": 4.0 * n,
                    "eccentric_start_s": 4.0 * n + 2,
                    "eccentric_end_s": 4.0 * n + 3.5,
                }
                for n in range(12)
            ),
        )
        sets.save(session, LOCAL_CLINIC, item, made)
        return item.id


async def test_a_trend_breaks_where_the_rig_changes(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    plan = await prescribe(client, person, **RIG)
    day_us = 86_400_000_000
    ids = [scored(services, person, plan, plan["started_us"] + n * day_us) for n in range(2)]
    plan = await prescribe(client, person, id=plan["id"], **(RIG | {"ring_length_cm": 35}))
    ids.append(scored(services, person, plan, plan["started_us"] + 2 * day_us))
    await client.post(f"/api/people/{person}/reports", json={"set_id": ids[0], "pain": 2, "effort_cr10": 7})
    [trend] = (await client.get(f"/api/people/{person}/trends")).json()
    points = trend["points"]
    assert (trend["exercise"], trend["side"], [p["set_id"] for p in points]) == ("clamshell", "left", ids)
    assert [p["segment"] for p in points] == [0, 0, 1]
    assert [p["breaks"] for p in points] == ["", "", "another ring length"]
    assert points[0]["tempo_error_s"] == pytest.approx(0.8)
    assert (points[0]["end_tension_n"], points[0]["reps"], points[0]["tut_s"]) == (40.0, 12, 50.0)
    assert (points[0]["pain"], points[0]["effort_cr10"], points[1]["pain"]) == (2, 7.0, None)
    assert trend["range_difference"] is None


async def test_range_difference_only_on_one_rig(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    plan = await prescribe(client, person, **RIG)
    scored(services, person, plan, plan["started_us"])
    scored(services, person, plan, plan["started_us"] + 60_000_000, side="right", excursion_n=20.0)
    left, right = (await client.get(f"/api/people/{person}/trends")).json()
    assert left["range_difference"] == right["range_difference"]
    assert left["range_difference"]["si_percent"] == pytest.approx(20.0)
    assert "more sessions needed" in left["range_difference"]["sentence"]


async def test_a_guess_is_kept_beside_what_was_measured(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await add(client)
    plan = await prescribe(client, person)
    set_id = scored(services, person, plan, plan["started_us"])
    path = f"/api/people/{person}/felt"
    told = (await client.post(path, json={"set_id": set_id, "guess_s": 2.5})).json()
    assert (told["guess_s"], told["measured_s"], told["prescribed_s"]) == (2.5, 1.5, None)
    assert (await client.get(path)).json() == [told]
    other = await add(client, "Ben")
    assert (await client.post(f"/api/people/{other}/felt", json={"set_id": set_id, "guess_s": 1})).is_error
    empty = await open_set(client, person_id=person)
    refused = await client.post(path, json={"set_id": empty["id"], "guess_s": 1})
    assert "no way back was measured" in refused.json()["detail"]


async def test_a_self_test_is_answered_for_every_side(client: httpx.AsyncClient) -> None:
    person = await add(client)
    path = f"/api/people/{person}/self-tests"
    slugs = [each["slug"] for each in (await client.get("/api/self-tests")).json()]
    assert slugs == ["deep-squat-test", "hip-bridge-test"]
    half = await client.post(path, json={"test": "hip-bridge-test", "passed": {"left": True}})
    assert (half.status_code, half.json()["detail"]) == (422, "answer for: left, right")
    whole = {"test": "hip-bridge-test", "passed": {"left": True, "right": False}, "note": "wobbly"}
    told = (await client.post(path, json=whole)).json()
    assert "no (right)" in told["sentence"]
    assert (await client.get(path)).json() == [told]


async def test_every_exercise_and_self_test_has_a_drawing_without_a_style_of_its_own(
    client: httpx.AsyncClient,
) -> None:
    listed = (await client.get("/api/exercises")).json() + (await client.get("/api/self-tests")).json()
    for each in listed:
        drawn = await client.get("/api/drawing", params={"slug": each["slug"]})
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert drawn.text.startswith("<svg")
        assert "<style" not in drawn.text
    assert (await client.get("/api/drawing", params={"slug": "none"})).status_code == 404


async def test_a_set_is_split_joined_and_taken_back(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    plan = await prescribe(client, person)
    set_id = scored(services, person, plan, plan["started_us"], ended_us=plan["started_us"] + 60_000_000)
    first, rest = (await client.post(f"/api/sets/{set_id}/split", json={"after_rep": 5})).json()["sets"]
    assert first["id"] == set_id
    assert rest["started_us"] == first["started_us"] + 19_750_000
    assert (rest["close_reason"], rest["exercise"], rest["side"]) == ("edited", "clamshell", "left")
    far = await client.post(f"/api/sets/{set_id}/split", json={"after_rep": 50})
    assert "split after one of the first 11" in far.json()["detail"]
    joined = (await client.post(f"/api/sets/{rest['id']}/merge", json={"set_id": set_id})).json()
    assert joined["id"] == set_id
    assert (await client.get(f"/api/sets/{rest['id']}")).status_code == 404
    assert (await client.post(f"/api/sets/{set_id}/discard")).json()["status"] == "discarded"
    assert (await client.post(f"/api/sets/{set_id}/restore")).json()["status"] != "discarded"
