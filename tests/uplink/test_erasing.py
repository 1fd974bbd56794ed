"""Erasures travel by the written rule, and what is erased comes back by no way."""

import contextlib
import time

import pytest

from tempoband.app.backup import make_backup, restore_backup
from tempoband.storage.erasure import Orderer, erase_person, erase_stretch, finish
from tempoband.storage.records import declarations, devices, erasures, orders, people, sync
from tempoband.storage.records.forgetting import Stretch, unworn
from tempoband.storage.records.orders import OrderKind
from tempoband.uplink.home.records import people_of_clinic
from tests.messaging.tasks import running, until
from tests.timeseries.making import SENSOR, T0_US, all_stored, make_stream
from tests.uplink.pairs import HOME, Pair, Side, make_pair, payloads
from tests.uplink.test_records_both_ways import CLINIC, note, read, told, write

NOBODY = Orderer("local-owner", "local_owner", CLINIC)
PHYSIO = Orderer("physio-1", "physio", CLINIC)
A, B = "a" * 16, "b" * 16


@pytest.fixture
async def pair(tmp_path):
    async with make_pair(tmp_path) as made:
        yield made


@contextlib.asynccontextmanager
async def both_know_her(pair: Pair):
    """Home and clinic run, the person wears the sensor, and thirty frames are in both stores."""
    async with pair.open(), pair.home_runs() as uplink:
        await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
        wear(pair)
        pair.home.store.write(all_stored(make_stream(A, 30), bridge="living-room"))
        await until(lambda: len(payloads(pair.clinic, SENSOR)) == 30, "the samples")
        await until(lambda: read(pair.clinic, worn) == pair.person, "who wears it")
        await until(lambda: uplink.link().waiting_frames == 0, "the receipts")
        yield uplink


def wear(pair: Pair) -> None:
    write(
        pair.home, lambda s: devices.seen(s, CLINIC, devices.Device(SENSOR, "Band", 1, bridge="living-room"))
    )
    write(pair.home, lambda s: devices.assign(s, CLINIC, SENSOR, pair.person, now_us=1))


def worn(session) -> str | None:
    return devices.wearers(session, CLINIC).get(SENSOR)


def whole() -> Stretch:
    return Stretch(SENSOR, T0_US - 10**6, T0_US + 3600 * 10**6)


def complete(side: Side) -> None:
    """What ``keep_erasing`` does now and then."""
    finish(side.records, side.store, now_us=2**52)


async def test_a_stretch_erased_at_home_is_erased_at_the_clinic_and_stays_erased(pair):
    async with both_know_her(pair):
        erase_stretch(pair.home.records, pair.home.store, whole(), NOBODY, now_us=now_us())
        await until(lambda: read(pair.clinic, erasures.pending), "the erasure at the clinic")
        complete(pair.clinic)
        assert payloads(pair.clinic, SENSOR) == {}
        await until(lambda: read(pair.home, settled), "its receipt")
    assert read(pair.home, lambda s: orders.pending(s, CLINIC, HOME)) == []  # it goes to nobody a second time
    refused = pair.clinic.store.write(all_stored(make_stream(A, 30), bridge=HOME))
    assert {str(each) for each in refused.outcomes} == {"erased"}


def hers(session) -> list[tuple[str, str]]:
    states = sync.states(session, CLINIC, HOME)
    return [key for key in states if key[0] not in ("devices", "erasures")]


def settled(session) -> bool:
    found = [state for (kind, _), state in sync.states(session, CLINIC, HOME).items() if kind == "erasures"]
    return bool(found) and all(state.agreed == state.local for state in found)


async def test_a_stretch_erased_at_the_clinic_is_erased_at_home(pair):
    async with both_know_her(pair):
        erase_stretch(pair.clinic.records, pair.clinic.store, whole(), PHYSIO, now_us=now_us())
        write(pair.clinic, lambda s: note(s, None))
        await until(lambda: payloads(pair.home, SENSOR) == {}, "the home to erase it")
        await until(lambda: not read(pair.clinic, lambda s: orders.pending(s, CLINIC, HOME)), "the receipt")
    [done] = read(pair.home, lambda s: erasures.of_sensor(s, CLINIC, SENSOR))
    assert (done.by, done.done_us is not None) == ("clinic", True)


async def test_who_erases_themselves_at_home_is_gone_there_and_the_clinic_keeps_its_file_visibly(pair):
    async with both_know_her(pair):
        erase_person(pair.home.records, pair.home.store, pair.person, NOBODY, now_us=now_us())
        await until(lambda: read(pair.clinic, lambda s: sync.unseen(s, CLINIC)), "the clinic to be told")
        await until(lambda: not read(pair.home, hers), "nothing kept about her at home")
        write(pair.clinic, lambda s: people.rename(s, CLINIC, pair.person, "Ada Anders"))
        write(pair.clinic, lambda s: note(s, pair.person))
        opened = told(person_id=pair.person)
        write(pair.clinic, lambda s: declarations.tell(s, CLINIC, opened))
        write(pair.clinic, lambda s: note(s, pair.person))
        async with running(pair.clinic_uplink().run()):  # and after a restart of the clinic
            await until(lambda: True, "")
    assert read(pair.home, lambda s: people.every(s, CLINIC)) == []
    assert len(payloads(pair.clinic, SENSOR)) == 30
    [kept] = read(pair.clinic, lambda s: sync.conflicts(s, CLINIC, HOME))
    assert (kept.kind, kept.kept, kept.person_id, kept.loser) == ("people", "clinic", pair.person, None)
    assert not [
        key for key in read(pair.clinic, lambda s: sync.states(s, CLINIC, HOME)) if pair.person in key
    ]


async def test_what_a_home_sends_before_it_has_its_order_is_erased_with_it(pair):
    async with pair.open():
        async with pair.home_runs():
            await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
            wear(pair)
            await until(lambda: read(pair.clinic, worn) == pair.person, "who wears it")
        erase_person(pair.clinic.records, pair.clinic.store, pair.person, PHYSIO, now_us=T0_US - 10**7)
        late = all_stored(make_stream(B, 30), bridge=HOME)  # on its way when the home was cut off
        pair.clinic.store.write(late)
        async with pair.home_runs():
            await until(lambda: not read(pair.clinic, lambda s: orders.pending(s, CLINIC, HOME)), "the order")
        complete(pair.clinic)
    assert payloads(pair.clinic, SENSOR) == {}
    assert read(pair.home, lambda s: people.every(s, CLINIC)) == []


async def test_an_old_backup_of_the_home_brings_nothing_back(pair, tmp_path):
    async with both_know_her(pair):
        write(pair.home, lambda s: declarations.tell(s, CLINIC, told(person_id=pair.person, id="mine")))
        await until(lambda: read(pair.clinic, lambda s: declarations.find(s, CLINIC, "mine")), "the set")
        make_backup(pair.home.store.data_dir, tmp_path / "backup")
        erase_person(pair.clinic.records, pair.clinic.store, pair.person, PHYSIO, now_us=2**51)
        await until(lambda: not read(pair.clinic, lambda s: orders.pending(s, CLINIC, HOME)), "the order")
    restore_backup(tmp_path / "backup", tmp_path / "new")  # on another machine: it knows of no erasure
    back = Side.at(tmp_path / "new")
    pair.home, old = back, pair.home
    old.close()
    assert [each.id for each in read(back, lambda s: people.every(s, CLINIC))] == [pair.person]
    write(
        back,
        lambda s: declarations.tell(
            s,
            CLINIC,
            told(person_id=pair.person, id="more", opened_us=T0_US + 10**9, closed_us=T0_US + 2 * 10**9),
        ),
    )
    async with pair.open(), pair.home_runs():
        await until(lambda: not read(back, lambda s: people.every(s, CLINIC)), "the home to erase again")
    assert read(pair.clinic, lambda s: people.every(s, CLINIC)) == []
    assert payloads(pair.clinic, SENSOR) == {}


async def test_an_old_backup_of_the_clinic_brings_nothing_back_and_orders_again(pair, tmp_path):
    make_backup(pair.clinic.store.data_dir, tmp_path / "backup")
    folder = pair.clinic.store.data_dir
    erase_person(pair.clinic.records, pair.clinic.store, pair.person, PHYSIO, now_us=now_us())
    pair.clinic.close()
    restore_backup(tmp_path / "backup", folder)
    pair.clinic = Side.at(folder)
    assert read(pair.clinic, lambda s: people.every(s, CLINIC)) == []
    [again] = read(pair.clinic, lambda s: orders.pending(s, CLINIC, HOME))
    assert (again.kind, again.body) == (OrderKind.ERASE_PERSON, {"person_id": pair.person})


def test_what_nobody_wore_is_what_is_between_those_who_did(tmp_path):
    side = Side.at(tmp_path)
    first, second = (write(side, lambda s, n=n: people.add(s, CLINIC, n, now_us=1).id) for n in "AB")
    write(side, lambda s: devices.seen(s, CLINIC, devices.Device(SENSOR, "Band", 1)))
    write(side, lambda s: devices.assign(s, CLINIC, SENSOR, first, now_us=100))
    write(side, lambda s: devices.release(s, CLINIC, SENSOR, now_us=200))
    write(side, lambda s: devices.assign(s, CLINIC, SENSOR, second, now_us=300))
    found = read(side, lambda s: unworn(s, CLINIC, Stretch(SENSOR, 50, 400)))
    assert [(each.start_us, each.end_us) for each in found] == [(50, 100), (200, 300)]
    assert read(side, lambda s: unworn(s, CLINIC, Stretch(SENSOR, 310, 400))) == []
    side.close()


def now_us() -> int:
    return time.time_ns() // 1000
