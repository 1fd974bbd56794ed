"""Programmes, templates, advice, and that a set is judged by the version it was done under."""

from typing import Any

import httpx
import pytest

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import Side
from tempoband.storage.records import audit, devices, self_reports, sets
from tempoband.storage.records.devices import Device
from tempoband.storage.records.scored import Score
from tests.dashboard.people import add, prescribe
from tests.dashboard.served import SENSOR
from tests.dashboard.telling import open_set, score_it
from tests.records.make import set_record

DAY_US = 86_400_000_000


def rep(*, good: bool = True, excursion_n: float = 40.0, **changes: Any) -> dict[str, Any]:
    phase = {"seconds": 2.0, "target_s": 2.0, "error_s": 0.0, "on_tempo": good}
    return {
        "concentric_start_s": 0.0,
        "peak_n": 45.0,
        "excursion_n": excursion_n,
        "faults": [] if good else ["snap_back"],
        "tempo": {"concentric": phase, "eccentric": phase, "on_tempo": good, "score": 90.0},
        "eccentric": {"score": 90.0 if good else 10.0, "impulse_n_s": 50.0},
        "absent": {},
    } | changes


def done(
    services: Services, plan: dict[str, Any], at_us: int, reps: list[dict[str, Any]], **changes: Any
) -> str:
    """A set as analytics leaves it."""
    document = {"scoring_version": "1", "reps": reps, "set": {"sentence": "Good."}}
    item = set_record(
        person_id=plan["person_id"],
        exercise=plan["exercise"],
        prescription_id=plan["id"],
        prescription_version=plan["version"],
        started_us=at_us,
        ended_us=at_us + 60_000_000,
        status=SetStatus.FINAL,
        **{"side": Side.LEFT} | changes,
    )
    with services.records.write() as session:
        sets.save(session, LOCAL_CLINIC, item, Score.from_dict(document, scored_us=at_us))
    return item.id


async def plan_since(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch, days: int, **changes: Any
) -> dict[str, Any]:
    """A prescription written some days ago."""
    now_us = services.now_us()
    person = await add(client)
    with monkeypatch.context() as then:
        then.setattr(type(services), "now_us", staticmethod(lambda: now_us - days * DAY_US))
        return await prescribe(client, person, **{"side": "left", "reps_upper": 15} | changes)


async def advice(client: httpx.AsyncClient, plan: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/people/{plan['person_id']}/advice")
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_programmes_of_the_articles_are_prescribed_whole(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/programmes")).json()
    by_id = {each["id"]: each for each in listed["programmes"]}
    assert {"hip-bands", "runners-hips", "warm-up", "primary", "rehab", "find-your-band"} <= set(by_id)
    assert all(claim["words"].startswith("The article says") for claim in listed["expectations"])
    assert (by_id["primary"]["items"][0]["sets"], by_id["primary"]["items"][0]["sets_upper"]) == (3, 4)
    person = await add(client)
    for programme in by_id:
        body = {"programme_id": programme, "weekdays": [0, 2]}
        answer = await client.post(f"/api/people/{person}/programmes", json=body)
        assert answer.status_code == 201, (programme, answer.text)
        made = answer.json()
        assert [each["exercise"] for each in made] == [i["exercise"] for i in by_id[programme]["items"]]
        assert {each["mode"] for each in made} == {by_id[programme]["mode"]}
        assert all(each["weekdays"] == [0, 2] for each in made)


async def test_replacing_ends_the_same_mode_and_leaves_the_others(client: httpx.AsyncClient) -> None:
    person = await add(client)
    path = f"/api/people/{person}/programmes"
    for programme in ("warm-up", "hip-bands"):
        await client.post(path, json={"programme_id": programme})
    await client.post(path, json={"programme_id": "primary", "set_order": "circuit", "replace": True})
    now = (await client.get(f"/api/people/{person}/prescriptions")).json()
    assert [each["mode"] for each in now].count("warm_up") == 3
    assert {each["set_order"] for each in now if each["mode"] == "primary"} == {"circuit"}
    assert {each["rest_s"] for each in now if each["mode"] == "primary"} == {30.0}


async def test_a_template_of_the_clinic(client: httpx.AsyncClient) -> None:
    item = {
        "exercise": "clamshell",
        "reps_lower": 10,
        "reps_upper": 12,
        "days_per_week": 7,
        "band_label": "red",
    }
    kept = (
        await client.post("/api/programmes", json={"name": "After a fall", "mode": "rehab", "items": [item]})
    ).json()
    listed = (await client.get("/api/programmes")).json()["programmes"]
    assert listed[-1] == kept
    assert (kept["own"], kept["mode"], kept["days_lower"]) == (True, "rehab", 7)
    person = await add(client)
    made = await client.post(f"/api/people/{person}/programmes", json={"programme_id": kept["id"]})
    assert [(p["mode"], p["band_label"], p["programme_id"]) for p in made.json()] == [
        ("rehab", "red", kept["id"])
    ]
    assert (await client.delete(f"/api/programmes/{kept['id']}")).status_code == 200
    assert (await client.get("/api/programmes")).json()["programmes"] == listed[:-1]
    assert (await client.get(f"/api/people/{person}")).json()["prescriptions"] == made.json()


async def test_a_template_that_makes_no_sense_is_refused_with_words(client: httpx.AsyncClient) -> None:
    for item, words in (
        ({"exercise": "moon-walk", "reps_lower": 1, "days_per_week": 1}, "no exercise 'moon-walk'"),
        ({"exercise": "clamshell", "days_per_week": 1}, "exactly one"),
        ({"exercise": "clamshell", "reps_lower": 1}, "how many days"),
    ):
        answer = await client.post("/api/programmes", json={"name": "X", "items": [item]})
        assert (answer.status_code, words in answer.json()["detail"]) == (422, True), answer.text
    answer = await client.post("/api/people/nobody/programmes", json={"programme_id": "warm-up"})
    assert answer.status_code == 404


async def test_two_for_two_is_advised_with_reasons_and_applied_by_one_tap(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_since(client, services, monkeypatch, 20)
    now_us = services.now_us()
    done(services, plan, now_us - 5 * DAY_US, [rep()] * 17)
    assert await advice(client, plan) == []
    done(services, plan, now_us - 2 * DAY_US, [rep()] * 18)
    [given] = await advice(client, plan)
    assert (given["kind"], given["step"], given["change"]) == (
        "progression",
        "reps",
        {"reps_lower": 15, "reps_upper": 20},
    )
    assert [(each["count"], each["of"], each["side"]) for each in given["evidence"]] == [
        (17, 17, "left"),
        (18, 17, "left"),
    ]
    path = f"/api/prescriptions/{plan['id']}/advice"
    applied = (await client.post(path, json={"step": "reps", "version": 1})).json()
    assert (applied["version"], applied["reps_lower"], applied["reps_upper"]) == (2, 15, 20)
    assert (applied["side"], applied["tempo"]) == (plan["side"], plan["tempo"])
    assert await advice(client, plan) == []  # what led to it is used up
    again = await client.post(path, json={"step": "reps", "version": 1})
    assert (again.status_code, again.json()["reason"]) == (409, "conflict")
    with services.records.read() as session:
        acts = list(audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62))
    assert acts[-1].detail == {"what": "apply_advice", "step": "reps", "version": 2}


async def test_reps_that_snap_back_do_not_count_and_lead_to_a_lighter_band(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_since(client, services, monkeypatch, 20, band_label="Green")
    for days in (5, 2):
        done(services, plan, services.now_us() - days * DAY_US, [rep()] * 10 + [rep(good=False)] * 8)
    [given] = await advice(client, plan)
    assert (given["step"], given["change"], given["needs_band"]) == (
        "lighter_band",
        {"band_label": "red"},
        False,
    )


async def test_a_band_whose_label_tells_no_order_has_to_be_named(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_since(client, services, monkeypatch, 20, band_label="mine")
    for days in (5, 2):
        done(services, plan, services.now_us() - days * DAY_US, [rep(good=False)] * 18)
    [given] = await advice(client, plan)
    assert given["needs_band"]
    path, body = f"/api/prescriptions/{plan['id']}/advice", {"step": "lighter_band", "version": 1}
    refused = await client.post(path, json=body)
    assert (refused.status_code, "which band" in refused.json()["detail"]) == (422, True)
    made = (await client.post(path, json=body | {"band_label": "the thin one"})).json()
    assert (made["version"], made["band_label"]) == (2, "the thin one")


async def test_both_sides_have_to_be_ready(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_since(client, services, monkeypatch, 20, side="both")
    for days in (5, 2):
        done(services, plan, services.now_us() - days * DAY_US, [rep()] * 18)
    assert await advice(client, plan) == []
    for days in (5, 2):
        done(services, plan, services.now_us() - days * DAY_US + 1, [rep()] * 18, side=Side.RIGHT)
    assert [each["step"] for each in await advice(client, plan)] == ["reps"]


@pytest.mark.parametrize(
    ("mode", "rule", "advised"),
    [
        ("rehab", None, False),
        ("rehab", "two_for_two", True),
        ("primary", "none", False),
        ("warm_up", None, False),
    ],
)
async def test_modes_are_kept_apart_in_advice(
    *,
    client: httpx.AsyncClient,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    rule: str | None,
    advised: bool,
) -> None:
    plan = await plan_since(client, services, monkeypatch, 20, mode=mode, progression=rule)
    for days in (5, 2):
        done(services, plan, services.now_us() - days * DAY_US, [rep()] * 18)
    assert bool(await advice(client, plan)) is advised


async def test_find_your_band_asks_how_hard_it_was(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_since(client, services, monkeypatch, 2, mode="find_your_band", band_label="red")
    tried = done(services, plan, services.now_us() - DAY_US, [rep()] * 14)
    [given] = await advice(client, plan)
    assert (given["step"], given["change"]) == ("heavier", {"band_label": "green"})
    assert "not reported" in given["reasons"][0]
    with services.records.write() as session:
        told = self_reports.SelfReport(
            "s", plan["person_id"], services.now_us(), "x", set_id=tried, effort_cr10=7
        )
        self_reports.add(session, LOCAL_CLINIC, told)
    [given] = await advice(client, plan)
    assert (given["step"], given["change"], given["reasons"]) == ("fits", None, [])


async def test_a_worn_band_and_a_slip_are_hinted_at(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_since(client, services, monkeypatch, 60, mode="rehab")
    for n in range(8):
        at_us = services.now_us() - (40 - 5 * n) * DAY_US
        done(services, plan, at_us, [rep(excursion_n=50.0 - 2 * n)] * 12)
    done(services, plan, services.now_us() - DAY_US, [rep(faults=["band_release"], excursion_n=34.0)] * 2)
    found = {each["step"]: each for each in await advice(client, plan)}
    assert set(found) == {"band_wear", "band_release"}
    assert found["band_release"]["values"] == {"times": 2}
    assert found["band_wear"]["values"]["drop"] > 0.1
    assert all(each["rule"] and each["change"] is None for each in found.values())


async def test_a_band_that_both_sides_wear_out_is_hinted_at_once_a_prescription(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_since(client, services, monkeypatch, 60, mode="rehab")
    for n in range(8):
        at_us = services.now_us() - (40 - 5 * n) * DAY_US
        done(services, plan, at_us, [rep(excursion_n=50.0 - 2 * n)] * 12)
        done(services, plan, at_us + 600_000_000, [rep(excursion_n=60.0 - 4 * n)] * 12, side=Side.RIGHT)
    [worn] = await advice(client, plan)
    assert worn["values"]["drop"] == pytest.approx(0.28, abs=0.05), "of the left side, which this one is for"


async def test_a_set_is_judged_by_the_version_it_was_done_under(
    client: httpx.AsyncClient, services: Services
) -> None:
    with services.records.write() as session:
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Left hip", 1))
    person = await add(client)
    first = await prescribe(client, person, side="left", tempo="2-1-2", reps_lower=12, reps_upper=15)
    opened = await open_set(client, prescription_id=first["id"])
    second = await prescribe(
        client, person, id=first["id"], side="left", tempo="3-0-3-0", reps_lower=8, reps_upper=8
    )
    assert second["version"] == 2
    await client.post(f"/api/sets/{opened['id']}/close")
    score_it(services, opened["id"], [True] * 12)
    judged = (await client.get(f"/api/sets/{opened['id']}")).json()
    assert (judged["tempo"], judged["prescription_version"]) == ("2-1-2", 1)
    assert (judged["target"]["reps_lower"], judged["target"]["reps_upper"]) == (12, 15)
    # Even when somebody corrects the side afterwards, the version stays that of the day.
    await client.patch(f"/api/sets/{opened['id']}", json={"side": "right"})
    corrected = (await client.get(f"/api/sets/{opened['id']}")).json()
    assert (corrected["prescription_version"], corrected["tempo"]) == (1, "2-1-2")
    later = await open_set(client, prescription_id=first["id"])
    assert (later["tempo"], later["prescription_version"]) == ("3-0-3-0", 2)
    kept = (await client.get("/api/compliance")).json()["people"][0]["prescriptions"]
    assert [(each["prescription_id"], each["sets_done"]) for each in kept] == [(first["id"], 1)]


async def test_a_prescription_says_its_measured_reference_and_where_it_leaves_its_mode(
    client: httpx.AsyncClient,
) -> None:
    person = await add(client)
    made = await prescribe(
        client, person, mode="warm_up", placement="just above the knees", cue="Slow", progression="none"
    )
    assert made["conflicts"] == ["long_warm_up"]
    assert (made["placement"], made["cue"], made["progression"]) == ("just above the knees", "Slow", "none")
    assert made["references"] == []
