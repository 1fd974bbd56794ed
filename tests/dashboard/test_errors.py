import json
from contextlib import contextmanager

import httpx
import pytest
from structlog.testing import capture_logs

from dashboard.services import Services
from dashboard.settings import DashboardSettings
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import BridgeStatus
from tempoband.contracts.topics import UpKind, bridge_status, up
from tempoband.identity.principal import Role
from tempoband.messaging.link import Delivery
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records import clinics, devices
from tempoband.storage.records.devices import Device
from tests.dashboard.people import add
from tests.dashboard.served import BRIDGE, SENSOR, T0, status
from tests.dashboard.ways import be


async def test_a_crash_tells_the_log_and_not_the_page(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def broken():
        raise ZeroDivisionError("the secret of the crash")
        yield

    monkeypatch.setattr(type(services.records), "read", lambda _: broken())
    with capture_logs() as logs:
        answer = await client.get("/api/people")
    assert (answer.status_code, answer.json()["reason"]) == (500, "failed")
    assert "secret" not in answer.text
    assert [(entry["event"], entry["path"]) for entry in logs] == [("request_failed", "/api/people")]


@pytest.mark.parametrize(("reason", "code"), [(StorageReason.UNAVAILABLE, 503), (StorageReason.FULL, 507)])
async def test_a_database_in_trouble_is_said_in_words(
    client: httpx.AsyncClient,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    reason: StorageReason,
    code: int,
) -> None:
    @contextmanager
    def away():
        raise StorageError(reason, "the disk is full")
        yield

    monkeypatch.setattr(type(services.records), "write", lambda _: away())
    answer = await client.post("/api/people", json={"name": "Ada"})
    assert (answer.status_code, answer.json()["detail"]) == (code, "the disk is full")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "code"), [("GET", "/api/nothing", 404), ("PUT", "/api/people", 405)]
)
async def test_what_is_not_there_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, code: int
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (code, code)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"name": 5}', "\x00"])
async def test_rubbish_is_refused_in_words(client: httpx.AsyncClient, body: str) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/people", content=body, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (422, "invalid")
    assert answer.json()["detail"]


async def test_a_body_of_another_kind_names_what_is_wanted(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/people", content='{"name": "Ada"}')
    assert answer.status_code == 422
    assert answer.json()["detail"] == "body: a JSON object is wanted, sent as application/json"


async def test_bridges_are_shown_to_those_beside_them(
    app, client: httpx.AsyncClient, services: Services
) -> None:
    for bridge in (BRIDGE, "elsewhere", "stranger"):
        told = BridgeStatus(bridge=bridge, online=True, at_us=T0)
        services.sensors.took_bridge(Delivery(bridge_status(bridge), told.encode(), 1, retain=True))
    sent = up(BRIDGE, SENSOR, UpKind.STATUS)
    services.sensors.took_sensor(Delivery(sent, status().encode(), 1, retain=True))
    person = await add(client)
    await client.put(f"/api/sensors/{SENSOR}/person", json={"person_id": person})
    with services.records.write() as session:
        clinics.ensure(session, "other", "Other", now_us=1)
        devices.seen(session, "other", Device("theirs", "Theirs", 1, bridge="stranger"))

    async def seen(role: Role, clinic: str = LOCAL_CLINIC, person: str | None = None) -> list[str]:
        be(app, role, clinic=clinic, person=person)
        return [each["bridge"] for each in (await client.get("/api/bridges")).json()]

    assert await seen(Role.PHYSIO) == ["elsewhere", BRIDGE]
    assert await seen(Role.WEARER, person=person) == [BRIDGE]
    assert await seen(Role.PHYSIO, clinic="other") == ["stranger"]


ODD = ["%00", "%ff", "%ED%A0%80", "..%2f..%2fetc", "%F0%9F%A6%B5", "'; DROP TABLE sets; --", "x" * 5000]


@pytest.mark.parametrize(
    "path",
    [
        "/api/people/{}",
        "/api/people/{}/prescriptions",
        "/api/sets/{}",
        "/api/sets/{}/curve",
        "/api/sets?person={}",
        "/api/sets?sensor={}",
        f"/api/sensors/{{}}/samples.csv?start_us={T0}&end_us={T0 + 1}",
    ],
)
async def test_odd_names_are_never_a_crash(
    client: httpx.AsyncClient, settings: DashboardSettings, path: str
) -> None:
    settings.static_dir.mkdir()
    (settings.static_dir / "index.html").write_text("page")
    for name in ODD:
        assert (await client.get(path.format(name))).status_code in (200, 404, 422), name


async def test_impossible_numbers_are_refused(client: httpx.AsyncClient) -> None:
    for query in (
        "before_us=1e400",
        f"before_us={10**30}",
        "before_us=-1",
        f"limit={10**30}",
        "limit=nan",
        "limit=1.5",
    ):
        assert (await client.get(f"/api/sets?{query}")).status_code == 422, query


async def test_impossible_prescriptions_are_refused(client: httpx.AsyncClient) -> None:
    person = await add(client)
    headers = {"content-type": "application/json"}
    for change in (
        {"reps_lower": 10**30},
        {"sets": 10**30},
        {"weekdays": [10**30]},
        {"weekdays": [0, 0]},
        {"seconds": 1e308, "reps_lower": None},
        {"ring_length_cm": 1e308},
        {"band_label": "a\u0000b"},
        {"exercise": "\ud800"},
        {"tempo": "9" * 60},
        {"tempo": "1e999-1-1"},
        {"pain_limit": -(10**30)},
    ):
        body = {"exercise": "clamshell", "reps_lower": 10, "days_per_week": 2} | change
        text = json.dumps(body)  # lone surrogates and all
        answer = await client.post(f"/api/people/{person}/prescriptions", content=text, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (422, "invalid"), answer.text
