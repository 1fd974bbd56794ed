"""Prescriptions come down, declarations and reports go up; what both sides changed is settled and kept."""

from dataclasses import replace

import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.documents import Document, encode_document
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import Side as BodySide
from tempoband.contracts.topic_rules import Holder
from tempoband.storage.erasure import Orderer, erase_person
from tempoband.storage.records import (
    audit,
    bridges,
    declarations,
    devices,
    orders,
    people,
    prescriptions,
    self_reports,
    sync,
)
from tempoband.storage.records.devices import Device
from tempoband.storage.records.self_reports import SelfReport
from tempoband.uplink.exchange import Exchange
from tempoband.uplink.home.records import people_of_clinic
from tempoband.uplink.kinds import Side
from tests.messaging.tasks import until
from tests.records.make import declaration, draft
from tests.timeseries.making import SENSOR, all_stored, make_stream
from tests.uplink.conftest import T0, enrol
from tests.uplink.pairs import HOME, Pair, make_pair, payloads

BY = "physio"
CLINIC = LOCAL_CLINIC


@pytest.fixture
async def pair(tmp_path):
    async with make_pair(tmp_path) as made:
        yield made


def read(side, ask):
    with side.records.read() as session:
        return ask(session)


def write(side, do):
    with side.records.write() as session:
        return do(session)


def prescribe(pair: Pair):
    def do(session):
        made = prescriptions.prescribe(session, CLINIC, pair.person, draft(), by=BY, now_us=T0)
        note(session, pair.person)
        return made

    return write(pair.clinic, do)


def note(session, person: str | None) -> None:
    """As every route does: the clinic looks at what was audited."""
    import time

    now_us = time.time_ns() // 1000
    act = audit.Act(f"{now_us}", now_us, BY, "physio", "prescriptions.write", "prescription", None, person)
    audit.note(session, CLINIC, act)


def wear(side, person: str) -> None:
    def do(session):
        devices.seen(session, CLINIC, Device(SENSOR, "Band", T0, bridge="living-room"))
        devices.assign(session, CLINIC, SENSOR, person, now_us=T0)

    write(side, do)


def told(**changes):
    return declaration(**{"sensor": SENSOR, "opened_us": T0, "closed_us": T0 + 60_000_000, **changes})


async def test_a_prescription_comes_down_and_a_set_done_for_it_goes_up(pair):
    async with pair.open(), pair.home_runs():
        await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
        assert read(pair.home, lambda s: people.get(s, CLINIC, pair.person)).display_name == "Ada"
        made = prescribe(pair)
        await until(
            lambda: read(pair.home, lambda s: prescriptions.in_force(s, CLINIC, start_us=T0 + 1)),
            "the prescription",
        )
        assert read(pair.home, lambda s: prescriptions.get(s, CLINIC, made.id)) == made
        wear(pair.home, pair.person)
        opened = told(person_id=pair.person, prescription_id=made.id, prescription_version=1, closed_us=None)
        write(pair.home, lambda s: declarations.open_set(s, CLINIC, opened))
        write(pair.home, lambda s: declarations.close(s, CLINIC, opened.id, T0 + 9, CloseReason.HAND))
        report = SelfReport("r1", pair.person, T0 + 10, "wearer", set_id=opened.id, pain=2, effort_cr10=3)
        write(pair.home, lambda s: self_reports.add(s, CLINIC, report))
        await until(lambda: read(pair.clinic, lambda s: declarations.find(s, CLINIC, opened.id)), "the set")
        await until(
            lambda: read(
                pair.clinic,
                lambda s: self_reports.of_person(s, CLINIC, pair.person, start_us=0, end_us=2**60),
            ),
            "the report",
        )
        assert read(pair.clinic, lambda s: declarations.get(s, CLINIC, opened.id)) == read(
            pair.home, lambda s: declarations.get(s, CLINIC, opened.id)
        )
        device = read(pair.clinic, lambda s: devices.find(s, CLINIC, SENSOR))
        assert (device.name, device.bridge) == ("Band", HOME)
        assert read(pair.clinic, lambda s: devices.wearer_at(s, CLINIC, SENSOR, T0 + 1)) == pair.person
    assert read(pair.clinic, lambda s: sync.unseen(s, CLINIC)) == {}


async def test_what_was_edited_in_both_places_is_settled_by_the_later_edit_and_kept_visible(pair):
    wear_then = told(person_id=pair.person, id="both")
    async with pair.open():
        async with pair.home_runs():
            await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
            wear(pair.home, pair.person)
            write(pair.home, lambda s: declarations.tell(s, CLINIC, wear_then))
            await until(lambda: read(pair.clinic, lambda s: declarations.find(s, CLINIC, "both")), "the set")
            await until(lambda: read(pair.home, lambda s: agreed(s, "both")), "its receipt")
        at_home = replace(wear_then, exercise="side_plank", side=BodySide.LEFT)
        write(pair.home, lambda s: declarations.amend(s, CLINIC, at_home))
        look(pair.home, Side.HOME, (pair.person,), T0 + 5)
        at_clinic = replace(wear_then, exercise="clamshell", side=BodySide.RIGHT)
        write(pair.clinic, lambda s: declarations.amend(s, CLINIC, at_clinic))
        look(pair.clinic, Side.CLINIC, (pair.person,), T0 + 9)
        write(pair.clinic, lambda s: note(s, pair.person))
        async with pair.home_runs():
            await until(
                lambda: exercise(pair.home) == exercise(pair.clinic) == "clamshell", "one and the same"
            )
            await until(
                lambda: read(pair.clinic, lambda s: sync.unseen(s, CLINIC)), "the conflict to be kept"
            )
    [kept] = read(pair.clinic, lambda s: sync.conflicts(s, CLINIC, HOME))
    assert (kept.kept, kept.winner["exercise"], kept.loser["exercise"]) == (
        "clinic",
        "clamshell",
        "side_plank",
    )
    assert kept.person_id == pair.person


def agreed(session, key: str) -> bool:
    return sync.find(session, CLINIC, HOME, "set_declarations", key).agreed is not None


def exercise(side) -> str:
    return read(side, lambda s: declarations.get(s, CLINIC, "both")).exercise


def look(side, which: Side, whose, now_us: int):
    return write(side, lambda s: Exchange(which, CLINIC, HOME).pending(s, whose, now_us=now_us))


async def test_somebody_else_at_home_stays_at_home(pair):
    guest = write(pair.home, seed_guest)
    pair.home.store.write(all_stored(make_stream("a" * 16, 30), bridge="living-room"))
    write(pair.home, lambda s: devices.seen(s, CLINIC, Device(SENSOR, "Band", T0)))
    write(pair.home, lambda s: devices.assign(s, CLINIC, SENSOR, guest, now_us=1))
    async with pair.open(), pair.home_runs() as uplink:
        await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
        report = SelfReport("g", guest, T0, "guest", pain=5)
        write(pair.home, lambda s: self_reports.add(s, CLINIC, report))
        write(
            pair.home, lambda s: self_reports.add(s, CLINIC, replace(report, id="a", person_id=pair.person))
        )
        await until(lambda: read(pair.clinic, lambda s: reports(s, pair.person)), "the patient's own report")
        await until(lambda: uplink.link().waiting_frames == 0, "the frames to be passed over")
    assert payloads(pair.clinic, SENSOR) == {}
    assert [each.id for each in read(pair.clinic, lambda s: people.every(s, CLINIC))] == [pair.person]


def seed_guest(session) -> str:
    from tempoband.storage.records import clinics

    clinics.ensure(session, CLINIC, "Home", now_us=T0)
    return people.add(session, CLINIC, "Guest", now_us=T0).id


def reports(session, person: str):
    return self_reports.of_person(session, CLINIC, person, start_us=0, end_us=2**60)


async def test_an_erasure_at_the_clinic_reaches_the_home(pair):
    pair.home.store.write(all_stored(make_stream("a" * 16, 30), bridge="living-room"))
    async with pair.open(), pair.home_runs():
        await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
        write(pair.home, lambda s: devices.seen(s, CLINIC, Device(SENSOR, "Band", T0)))
        write(pair.home, lambda s: devices.assign(s, CLINIC, SENSOR, pair.person, now_us=1))
        await until(lambda: payloads(pair.clinic, SENSOR), "the samples")
        await until(
            lambda: read(pair.clinic, lambda s: devices.wearer_at(s, CLINIC, SENSOR, 2)), "who wore it"
        )
        orderer = Orderer(BY, "physio", CLINIC)
        erase_person(pair.clinic.records, pair.clinic.store, pair.person, orderer, now_us=2**51)
        await until(lambda: len(pair.home.store.read(SENSOR, 0, 2**62)) == 0, "the home to erase")
        await until(lambda: not read(pair.clinic, lambda s: orders.pending(s, CLINIC, HOME)), "it to say so")
    assert read(pair.home, lambda s: people.every(s, CLINIC)) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("people", {"display_name": "Eve", "pseudonym": "p", "created_us": 1, "archived_us": None}),
        ("accounts", {"role": "clinic_admin"}),
        ("self_reports", {"person_id": "somebody", "pain": 3, "at_us": 1, "by": "x"}),
        ("set_declarations", {"person_id": None, "sensor": "another-home", "opened_us": 1}),
        ("assignments", {"person_id": "own", "sensor": "another-home", "from_us": 1, "to_us": None}),
    ],
)
def test_a_home_writes_its_own_people_and_sensors_only(tmp_path, kind, body):
    from tests.uplink.pairs import Side as Folder

    clinic = Folder.at(tmp_path / "clinic")
    enrol(clinic.records, HOME, Holder.HOME)
    own = write(clinic, lambda s: people.add(s, CLINIC, "Ada", now_us=T0)).id
    other = write(clinic, lambda s: people.add(s, CLINIC, "Eve", now_us=T0)).id
    write(clinic, lambda s: devices.seen(s, CLINIC, Device("another-home", "B", T0, bridge="home-2")))
    write(clinic, lambda s: bridges.move_in(s, CLINIC, HOME, own))
    names = {"own": own, "somebody": other}
    body = {
        name: names.get(value, value) if isinstance(value, str) else value for name, value in body.items()
    }
    forged = Document(kind, "k", T0, None, body)
    with pytest.raises(ContractError) as caught:
        write(clinic, lambda s: Exchange(Side.CLINIC, CLINIC, HOME).apply(s, forged, [own], now_us=T0))
    assert caught.value.reason is RejectReason.NOT_ALLOWED
    clinic.close()


def test_a_document_is_the_same_bytes_each_time():
    one = Document("people", "k", 1, b"1" * 32, {"b": 1.5, "a": None})
    assert encode_document(one) == encode_document(replace(one, body={"a": None, "b": 1.5}))
