"""Who saw whose data is noted before it is shown; a copy of everything; erasure."""

import csv
import io
import json
import logging
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity.principal import Role
from tempoband.messaging.link import MqttLink
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records import (
    audit,
    declarations,
    devices,
    messages,
    notes,
    personal,
    self_reports,
    sets,
)
from tempoband.storage.records.audit import Act
from tempoband.storage.records.devices import Device
from tempoband.storage.records.tables import Base
from tempoband.storage.timeseries.base import TimeSeriesStore
from tempoband.storage.timeseries.open import open_store
from tests.accounts.joining import let_in
from tests.accounts.people import House
from tests.dashboard.served import SENSOR, T0, frame, stored
from tests.records.make import declaration, score, set_record


def acts(house: House, person: str | None = None) -> list[Act]:
    with house.services.records.read() as session:
        return list(audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62, person_id=person))


async def desk(house: House, browser: httpx.AsyncClient, role: Role = Role.PHYSIO) -> str:
    account = house.hire(role, role.value)
    await house.log_in(browser, role.value)
    return account.id


async def test_every_look_at_a_person_is_noted_with_who_and_what(house: House) -> None:
    person = house.wearer().person_id or ""
    async with house.browser() as browser:
        grete = await desk(house, browser)
        await browser.get(f"/api/people/{person}")
        await browser.get(f"/api/people/{person}/reports")
        await browser.get("/api/people")
    noted = [(a.by, a.action, a.person_id) for a in acts(house) if a.action != "account.log_in"]
    assert len(noted) == 3
    assert set(noted) == {
        (grete, "people.read", person),
        (grete, "reports.read", person),
        (grete, "people.read", None),
    }


async def test_a_page_that_polls_is_one_look_in_a_quarter_of_an_hour(house: House) -> None:
    person = house.wearer().person_id or ""
    async with house.browser() as browser:
        await desk(house, browser)
        for _ in range(20):
            house.clock.pass_s(60)
            await browser.get(f"/api/people/{person}")
    assert len(acts(house, person)) == 2


async def test_what_was_refused_or_is_ones_own_is_not_noted(house: House) -> None:
    account = house.wearer()
    person = account.person_id or ""
    async with house.browser() as phone:
        await let_in(house, phone, person)
        assert (await phone.get(f"/api/people/{person}")).status_code == 200
        assert (await phone.get("/api/people/somebody-else")).status_code == 404
    assert [a.action for a in acts(house)] == ["account.log_in"]


async def test_what_cannot_be_noted_is_not_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = house.wearer("Marker Name").person_id or ""

    def full(*_: Any) -> None:
        raise StorageError(StorageReason.FULL, "the disk is full")

    async with house.browser() as browser:
        await desk(house, browser)
        monkeypatch.setattr("dashboard.privacy.looks.audit.note", full)
        answer = await browser.get(f"/api/people/{person}")
    assert answer.status_code == 503
    assert "Marker" not in answer.text
    assert "retry-after" in answer.headers


@pytest.mark.parametrize("statement", ["UPDATE audit SET by = 'x'", "DELETE FROM audit"])
async def test_the_audit_is_only_added_to(house: House, statement: str) -> None:
    async with house.browser() as browser:
        await desk(house, browser)
    before = acts(house)
    assert before
    with pytest.raises(Exception, match="only added to"), house.services.records.write() as session:
        session.execute(sa.text(statement))
    assert acts(house) == before


async def test_the_administrator_takes_the_log_along_as_csv_and_ndjson(house: House) -> None:
    person = house.wearer("Marker Name").person_id or ""
    async with house.browser() as browser, house.browser() as office:
        await desk(house, browser)
        await browser.get(f"/api/people/{person}")
        await desk(house, office, Role.CLINIC_ADMIN)
        lines = (await office.get("/api/audit.ndjson")).text.splitlines()
        rows = list(csv.DictReader(io.StringIO((await office.get("/api/audit.csv")).text)))
        assert (await browser.get("/api/audit.csv")).status_code == 403
    looked = [json.loads(line) for line in lines]
    assert [each["person_id"] for each in looked if each["action"] == "people.read"] == [person]
    assert [each["id"] for each in rows][: len(looked)] == [each["id"] for each in looked]
    assert "Marker" not in "".join(lines)


async def test_a_wearer_reads_who_looked(house: House) -> None:
    account = house.wearer()
    person = account.person_id or ""
    other = house.wearer("Berta").person_id or ""
    async with house.browser() as browser, house.browser() as phone:
        await desk(house, browser)
        await browser.get(f"/api/people/{person}")
        await browser.get(f"/api/people/{other}")
        await let_in(house, phone, person)
        [look] = (await phone.get(f"/api/people/{person}/audit")).json()
        assert (look["by_name"], look["role"], look["action"]) == ("Physio", "physio", "people.read")
        assert (await phone.get(f"/api/people/{other}/audit")).status_code == 404
        assert other not in (await phone.get("/api/audit.ndjson")).text


@pytest.fixture
def store(house: House) -> Any:
    opened = open_store(house.services.settings.store_address())
    yield opened
    opened.close()


def live(house: House, store: TimeSeriesStore, person: str) -> None:
    """A wearer who did a set, with everything around it."""
    with house.services.records.write() as session:
        _tell(session, person)
    store.write([stored(frame(n)) for n in range(4)])


def _tell(session: Session, person: str) -> None:
    devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Sensor", T0 - 1))
    devices.assign(session, LOCAL_CLINIC, SENSOR, person, now_us=T0 - 1)
    told = declaration(person_id=person, opened_us=T0)
    declarations.open_set(session, LOCAL_CLINIC, told)
    item = set_record(id=told.id, person_id=person, started_us=T0, ended_us=T0 + 400_000)
    sets.save(session, LOCAL_CLINIC, item, score([True]))
    self_reports.add(session, LOCAL_CLINIC, self_reports.SelfReport("r", person, T0, "x", pain=3))
    notes.add(session, LOCAL_CLINIC, notes.Note("n", person, "Knees good", T0, "x"))
    messages.send(session, LOCAL_CLINIC, messages.Message("m", person, "Well done", T0, "x"))


def opened(answer: httpx.Response) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


async def test_a_wearer_takes_everything_along(house: House, store: TimeSeriesStore) -> None:
    person = house.wearer("Ada <b>Löve</b>").person_id or ""
    other = house.wearer("Berta Marker").person_id or ""
    live(house, store, person)
    async with house.browser() as phone, house.browser() as browser:
        await let_in(house, phone, person)
        own = opened(await phone.get(f"/api/people/{person}/export.zip"))
        assert (await phone.get(f"/api/people/{other}/export.zip")).status_code == 404
        await desk(house, browser)
        archive = opened(await browser.get(f"/api/people/{person}/export.zip"))
    # The notes are the physio's: the page says so, and the wearer's own copy says whom to ask.
    assert set(archive.namelist()) - set(own.namelist()) == {"records/notes.ndjson"}
    assert "Not in here: the notes" in own.read("README.html").decode()
    assert archive.testzip() is None
    held = {name: archive.read(name).decode() for name in archive.namelist()}
    for name in ("people", "sets", "scores", "reps", "self_reports", "notes", "messages", "consents"):
        rows = [json.loads(line) for line in held[f"records/{name}.ndjson"].splitlines()]
        assert rows, name
    assert json.loads(held["records/notes.ndjson"])["body"] == "Knees good"
    [samples] = [text for name, text in held.items() if name.startswith("samples/")]
    assert len(samples.splitlines()) == 1 + 4 * 8
    assert "Ada &lt;b&gt;Löve" in held["README.html"]
    assert held["sets.csv"].count("\n") == 2
    everything = "".join(held.values())
    assert "Marker" not in everything
    for secret in ("password_hash", "key_digest", "code_hash", "secret_hash", "seed"):
        assert secret not in everything


def test_every_table_is_either_exported_or_left_out_on_purpose() -> None:
    """A new table has to be thought about: whose data is it?"""
    nobodys = {
        *("alert_rules", "attempts", "bridges", "clinics", "daily_mails", "devices", "home_orders"),
        *("programmes", "recovery_codes", "scoring_cursors", "sessions", "sightings", "sync_documents"),
        "tokens",
    }
    exported = {table.name for table in personal.tables()}
    assert exported | personal.LEFT_OUT | nobodys == set(Base.metadata.tables)
    assert not exported & nobodys


async def test_erasing_takes_a_person_away_but_for_the_audits_number(
    house: House, store: TimeSeriesStore
) -> None:
    person = house.wearer("Marker Name").person_id or ""
    live(house, store, person)
    async with house.browser() as browser, house.browser() as phone:
        await desk(house, browser)
        await let_in(house, phone, person)
        slip = await browser.post(f"/api/people/{person}/erasure", json={"name": "Somebody"})
        assert slip.status_code == 422
        answer = await browser.post(f"/api/people/{person}/erasure", json={"name": "marker name"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["samples"] == 32
        assert (await phone.get("/api/me")).status_code == 401
        assert (await browser.get(f"/api/people/{person}")).status_code == 404
        assert (await browser.get("/api/people")).json() == []
    assert len(store.read(SENSOR, T0, T0 + 10**9)) == 0
    with house.services.records.read() as session:
        for table in personal.tables():
            left = list(personal.rows(session, table, LOCAL_CLINIC, person))
            assert not left or table.name in ("audit", "erasures"), table.name
    assert [a.action for a in acts(house, person)][-1] == "people.erase"


@pytest.fixture
def fresh_logs() -> Iterator[None]:
    """Logs as the test sets them up, and afterwards as they were."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("fresh_logs")
async def test_no_name_reaches_logs_answers_of_health_or_topics(
    house: House,
    store: TimeSeriesStore,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A marker name through log-in, joining, work, failures and erasure; then look for it."""
    from tempoband.observability.logs import configure_logs

    configure_logs(level="debug", as_json=True)
    topics: list[str] = []

    async def publish(_: MqttLink, topic: str, *__: Any, **___: Any) -> None:
        topics.append(topic)

    monkeypatch.setattr(MqttLink, "publish", publish)
    person = house.wearer("Zzmarker Zzname").person_id or ""
    live(house, store, person)
    async with house.browser() as browser, house.browser() as phone:
        await desk(house, browser)
        await let_in(house, phone, person)
        for path in ("/api/people", f"/api/people/{person}", "/api/sets", "/api/compliance"):
            await browser.get(path)
            await phone.get(path)
        await browser.post("/api/people", json={"name": "Zzmarker" * 100})
        await browser.post("/api/session", json={"login": "zzmarker", "password": "wrong"})
        await browser.post(f"/api/sensors/{SENSOR}/tare")
        health = (await browser.get("/healthz")).text
        await browser.post(f"/api/people/{person}/erasure", json={"name": "Zzmarker Zzname"})
    structlog.get_logger("test").info("the_flow_has_ended")
    said = capfd.readouterr()
    assert "the_flow_has_ended" in said.err  # what is logged does come here
    for text in (said.out, said.err, health, *topics):
        assert "zzmarker" not in text.lower()
