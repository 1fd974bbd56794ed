"""The record for other places: CSV, NDJSON, FHIR, from five weeks of scored work."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from fhir.resources.R4B.bundle import Bundle
from sqlalchemy import text

from dashboard.reports.sampled import sampled_data
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records import audit, prescriptions
from tempoband.storage.timeseries.base import Curve
from tests.record.asking import NOW_US, get
from tests.record.printed import Printed
from tests.support.five_weeks import NAME, SENSOR, ZONE, Furnished


@dataclass(frozen=True)
class Spanned:
    """As much of a set as its curve needs."""

    started_us: int
    ended_us: int
    sensor: str = "s"

    @property
    def set(self) -> "Spanned":
        return self


@dataclass(frozen=True)
class Holed:
    """A store whose samples have a hole that no ledger tells of."""

    curve: Curve

    def read(self, sensor: str, start_us: int, end_us: int) -> Curve:
        del sensor, start_us, end_us
        return self.curve

    def gaps(self, sensor: str, start_us: int, end_us: int) -> list[Any]:
        del sensor, start_us, end_us
        return []


def _virtual(app: FastAPI) -> None:
    with app.state.services.records.write() as session:
        session.execute(text("UPDATE devices SET simulated = true"))


async def test_what_virtual_sensors_made_is_marked_in_every_form(
    client: httpx.AsyncClient, furnished: Furnished, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    for table in ("sets.csv", "reps.csv"):
        rows = list(csv.DictReader(io.StringIO((await get(client, furnished, table)).text)))
        assert {row["simulated"] for row in rows} == {"False"}
    assert "HTEST" not in (await get(client, furnished, "fhir")).text
    _virtual(app)
    for table in ("sets.csv", "reps.csv"):
        rows = list(csv.DictReader(io.StringIO((await get(client, furnished, table)).text)))
        assert {row["simulated"] for row in rows} == {"True"}
    lines = (await get(client, furnished, "sets.ndjson")).text.splitlines()
    assert {json.loads(line)["simulated"] for line in lines} == {True}
    told = (await get(client, furnished, "fhir")).json()
    tagged = [
        each["resource"] for each in told["entry"] if "HTEST" in json.dumps(each["resource"].get("meta"))
    ]
    assert {each["resourceType"] for each in tagged} >= {"Patient", "Device", "Observation"}
    assert told["meta"]["tag"][0]["code"] == "HTEST"
    Bundle.model_validate(told)
    printed = Printed(monkeypatch)
    await get(client, furnished, "report.pdf")
    assert "SIMULATED DATA" in printed.words
    span = {"start_us": NOW_US - 40 * 86_400_000_000, "end_us": NOW_US}
    samples = await client.get(f"/api/sensors/{SENSOR}/samples.csv", params=span)
    head, first = samples.text.splitlines()[:2]
    assert (head, first.rsplit(",", 1)[1]) == ("time_s,tension_n,simulated", "true")
    assert 'filename="SIMULATED-' in samples.headers["content-disposition"]


async def test_the_curve_in_the_bundle_is_what_was_measured(
    client: httpx.AsyncClient, furnished: Furnished, app: FastAPI
) -> None:
    """Every number of the export is a sample of the store, at most half a period away; holes stay holes."""
    told = (await get(client, furnished, "fhir")).json()
    seen = 0
    store = app.state.services.store.reader()
    for each in (entry["resource"] for entry in told["entry"]):
        if "valueSampledData" not in each:
            continue
        period_us = each["valueSampledData"]["period"] * 1000
        begins = datetime.fromisoformat(each["effectivePeriod"]["start"])
        assert begins.utcoffset() == begins.astimezone(ZONE).utcoffset()  # the clinic's own, summer or winter
        start_us = round(begins.timestamp() * 1e6)
        values = each["valueSampledData"]["data"].split()
        curve = store.read(
            SENSOR, start_us - 1_000_000, start_us + round(len(values) * period_us) + 1_000_000
        )
        measured = curve.tension_n
        for n, value in enumerate(values):
            near = np.abs(curve.time_us - (start_us + n * period_us)) <= period_us / 2 + 1000
            if value == "E":
                continue
            seen += 1
            assert np.abs(measured[near] - float(value)).min() <= 0.005 + 1e-9
    assert seen > 1000


def test_a_hole_in_the_curve_stays_a_hole() -> None:
    time_us = np.concatenate([np.arange(0, 1_000_000, 12_500), np.arange(2_000_000, 3_000_001, 12_500)])
    store = Holed(Curve(time_us.astype(np.int64), np.full(len(time_us), 7.0)))
    told = sampled_data(store, Spanned(0, 3_000_000))  # type: ignore[arg-type]
    values = told["data"].split() if told else []
    assert [value == "E" for value in values] == [
        1_012_500 < n * 50_000 < 1_975_000 for n in range(len(values))
    ]
    assert set(values) == {"7.00", "E"}


async def test_a_bundle_in_german(client: httpx.AsyncClient, furnished: Furnished) -> None:
    told = (await get(client, furnished, "fhir", lang="de")).json()
    Bundle.model_validate(told)
    texts = json.dumps(told, ensure_ascii=False)
    assert told["language"] == "de"
    assert "Muschel mit Band" in texts
    assert "Banded clamshell" not in texts
    assert "Kontrolle auf dem Rückweg" in texts
    quality = [part for each in told["entry"] for part in each["resource"].get("component", ())]
    assert any(part["code"]["coding"][0]["code"] == "lost-samples" for part in quality)


async def test_sets_and_reps_as_csv(client: httpx.AsyncClient, furnished: Furnished) -> None:
    answer = await get(client, furnished, "sets.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    reps = list(csv.DictReader(io.StringIO((await get(client, furnished, "reps.csv")).text)))
    last = next(row for row in rows if row["set_id"] == furnished.last_set)
    assert (last["exercise"], last["side"], last["prescription_version"]) == ("clamshell", "right", "2")
    assert (last["band_label"], last["pain_0_10"], last["effort_cr10"]) == ("green", "6", "7")
    assert last["started"].startswith("2026-11-20T17:05:00+01:00")
    assert NAME not in answer.text  # a pseudonym: tables travel
    mine = [rep for rep in reps if rep["set_id"] == furnished.last_set]
    assert len(mine) == int(last["reps"]) == 9
    assert mine[6]["faults"] == "snap_back"
    assert float(mine[0]["eccentric_target_s"]) == 2.0
    unlabelled = next(row for row in rows if row["set_id"] == furnished.unlabelled)
    assert (unlabelled["tempo_score"], unlabelled["pain_0_10"]) == ("", "")  # absent is not zero
    one = (await get(client, furnished, "sets.csv", start_us=int(last["started_us"]))).text
    assert len(list(csv.DictReader(io.StringIO(one)))) == 2


async def test_ndjson_holds_the_whole_score(client: httpx.AsyncClient, furnished: Furnished) -> None:
    lines = (await get(client, furnished, "sets.ndjson")).text.splitlines()
    by_id = {row["set_id"]: row for row in map(json.loads, lines)}
    last = by_id[furnished.last_set]
    assert len(last["rep_scores"]) == last["reps"] == 9
    assert last["score"]["faults"] == {"snap_back": 1}


async def test_text_that_a_spreadsheet_would_run_stays_text(
    client: httpx.AsyncClient, app: FastAPI, furnished: Furnished
) -> None:
    with app.state.services.records.write() as session:
        plan = prescriptions.get(session, LOCAL_CLINIC, furnished.clamshell, 2)
        session.execute(text("UPDATE prescriptions SET band_label = '=1+1' WHERE version = 2"))
    assert plan.band_label == "green"
    rows = list(csv.DictReader(io.StringIO((await get(client, furnished, "sets.csv")).text)))
    assert {row["band_label"] for row in rows} >= {"red", "'=1+1"}


async def test_fhir_is_valid_and_says_the_same(client: httpx.AsyncClient, furnished: Furnished) -> None:
    answer = await get(client, furnished, "fhir")
    assert answer.headers["content-type"] == "application/fhir+json"
    found = Bundle.model_validate_json(answer.content)
    kinds: dict[str, list[Any]] = {}
    for entry in found.entry:
        kinds.setdefault(entry.resource.get_resource_type(), []).append(entry.resource)
    assert {kind: len(each) for kind, each in kinds.items() if kind != "Observation"} == {
        "Patient": 1,
        "Device": 1,
        "ServiceRequest": 3,
        "CarePlan": 1,
    }
    assert kinds["Patient"][0].name[0].text == NAME
    sampled = [each for each in kinds["Observation"] if each.valueSampledData]
    rows = list(csv.DictReader(io.StringIO((await get(client, furnished, "sets.csv")).text)))
    assert len(sampled) == len(rows)
    data = sampled[0].valueSampledData
    assert (float(data.period), data.dimensions, data.origin.code) == (50.0, 1, "N")
    values = data.data.split()
    seconds = (int(rows[0]["ended_us"]) - int(rows[0]["started_us"])) / 1e6
    assert len(values) == pytest.approx(20 * seconds, abs=2)
    assert 29.0 < max(float(value) for value in values if value != "E") < 31.0
    known = {entry.fullUrl for entry in found.entry}
    told = json.loads(answer.content)
    assert set(_references(told)) <= known
    assert any("72514-3" in json.dumps(each["resource"]) for each in told["entry"])


async def test_fhir_without_curves_says_why_they_are_missing(
    client: httpx.AsyncClient, furnished: Furnished
) -> None:
    told = (await get(client, furnished, "fhir", curves=False)).json()
    missing = [
        each["resource"]["dataAbsentReason"]["coding"][0]["code"]
        for each in told["entry"]
        if "dataAbsentReason" in each["resource"]
    ]
    assert missing
    assert set(missing) == {"not-asked"}
    Bundle.model_validate(told)


async def test_a_wrong_span_and_a_stranger(client: httpx.AsyncClient, furnished: Furnished) -> None:
    path = f"/api/people/{furnished.person_id}"
    span = {"start_us": NOW_US, "end_us": NOW_US - 1}
    for what in ("sets.csv", "fhir"):
        answer = await client.get(f"{path}/{what}", params=span)
        assert (answer.status_code, "end_us" in answer.json()["detail"]) == (422, True)
    for what in ("report.pdf", "sets.csv", "reps.csv", "sets.ndjson", "fhir"):
        assert (await client.get(f"/api/people/nobody/{what}")).status_code == 404


async def test_taking_a_record_away_is_audited(
    client: httpx.AsyncClient, app: FastAPI, furnished: Furnished
) -> None:
    for what in ("report.pdf", "sets.csv", "fhir"):
        await get(client, furnished, what)
    with app.state.services.records.read() as session:
        acts = list(
            audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62, person_id=furnished.person_id)
        )
    forms = [act.detail["form"] for act in acts if act.action == "record.read" and act.detail]
    assert forms == ["report.pdf", "sets.csv", "fhir.json"]


def _references(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for name, value in told.items():
            if name == "reference" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(told, list):
        for each in told:
            yield from _references(each)
