"""A clinic that was restored from a backup gets again what homes had sent since; so does a home."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tempoband.app.backup import make_backup, restore_backup
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.ledger import Mark
from tempoband.storage.erasure import Orderer, erase_stretch
from tempoband.storage.records import bridges, cursors, declarations, sync
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.records.tables import SetDeclarationRow
from tempoband.uplink.home.delivery import Pace
from tempoband.uplink.home.records import documents_cursor, people_of_clinic
from tempoband.uplink.kinds import KINDS, body_of, digest_of
from tests.messaging.tasks import until
from tests.timeseries.making import SENSOR, T0_US, all_stored, make_stream
from tests.uplink.pairs import HOME, Pair, Side, make_pair, payloads
from tests.uplink.test_records_both_ways import read, told, wear
from tests.uplink.test_records_both_ways import write as write_records

A, B, C = "a" * 16, "b" * 16, "c" * 16
OWN = "living-room"
PACE = Pace(mark_every_s=0.0)
HOUR_US = 3600 * 10**6


@pytest.fixture
async def pair(tmp_path):
    async with make_pair(tmp_path) as made:
        yield made


def write(pair: Pair, stream: str, hours: int, frames: int = 40) -> None:
    moved = [replace(f, t0_us=f.t0_us + hours * HOUR_US) for f in make_stream(stream, frames)]
    pair.home.store.write(all_stored(moved, bridge=OWN))


def same(pair: Pair) -> bool:
    return payloads(pair.home, SENSOR) == payloads(pair.clinic, SENSOR)


def marked(pair: Pair) -> bool:
    """The clinic knows that it has everything, and the home knows that."""
    last = pair.home.store.changes(0)[-1].cursor
    with pair.home.records.read() as session:
        kept = cursors.position(session, f"marked-{HOME}") == last
        documents = cursors.position(session, documents_cursor(HOME))
    mark = Mark(pair.home.store.spool_id(), last, documents)
    return kept and pair.clinic.store.mark_of(HOME) == mark


def restore_clinic(pair: Pair, backup) -> None:
    folder = pair.clinic.store.data_dir
    pair.clinic.close()
    restore_backup(backup, folder)
    pair.clinic = Side.at(folder)
    pair.admission._records = pair.clinic.records


async def test_what_came_after_the_backup_comes_again_and_nothing_twice(pair, tmp_path):
    write(pair, A, 0)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: same(pair) and marked(pair), "the first session")
    make_backup(pair.clinic.store.data_dir, tmp_path / "backup")
    write(pair, B, 1)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: same(pair) and marked(pair), "the second session")
    restore_clinic(pair, tmp_path / "backup")
    assert len(payloads(pair.clinic, SENSOR)) == 40
    async with pair.open(), pair.home_runs(pace=PACE) as uplink:
        await until(lambda: same(pair) and marked(pair), "the second session again")
        assert uplink._delivery.sent <= 40 + 4  # and not the first one
        await until(lambda: not uplink._frames.catching_up, "the end of it")


async def test_a_home_that_goes_on_running_notices_it_too(pair, tmp_path):
    write(pair, A, 0)
    async with pair.home_runs(pace=PACE) as uplink:
        async with pair.open():
            await until(lambda: same(pair) and marked(pair), "the first session")
        make_backup(pair.clinic.store.data_dir, tmp_path / "backup")
        write(pair, B, 1)
        async with pair.open():
            await until(lambda: same(pair) and marked(pair), "the second session")
        pair.broker.cut(HOME)
        restore_clinic(pair, tmp_path / "backup")
        write(pair, C, 2)
        async with pair.open():
            await until(lambda: same(pair) and marked(pair), "everything")
            assert uplink._delivery.refused == 0


async def test_a_backup_from_before_any_mark_begins_anew(pair, tmp_path):
    make_backup(pair.clinic.store.data_dir, tmp_path / "backup")
    write(pair, A, 0)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: same(pair) and marked(pair), "the session")
    restore_clinic(pair, tmp_path / "backup")
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: same(pair) and marked(pair), "the session again")


async def test_what_was_erased_at_the_clinic_stays_erased_when_it_comes_again(pair, tmp_path):
    make_backup(pair.clinic.store.data_dir, tmp_path / "backup")
    write(pair, A, 0)
    write(pair, B, 1)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: same(pair) and marked(pair), "both sessions")
    stretch = Stretch(SENSOR, T0_US - 10**6, T0_US + HOUR_US // 2)
    by = Orderer("physio-1", "physio", LOCAL_CLINIC)
    erase_stretch(pair.clinic.records, pair.clinic.store, stretch, by, now_us=T0_US)
    restore_clinic(pair, tmp_path / "backup")
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: len(payloads(pair.clinic, SENSOR)) == 40 and marked(pair), "the other session")
    assert {stream for stream, _ in payloads(pair.clinic, SENSOR)} == {B}


async def test_the_clinic_knows_that_a_home_is_catching_up(pair, tmp_path):
    make_backup(pair.clinic.store.data_dir, tmp_path / "backup")
    write(pair, A, 0, frames=150)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: same(pair) and marked(pair), "the session")
    restore_clinic(pair, tmp_path / "backup")

    def told() -> bool:
        with pair.clinic.records.read() as session:
            return bridges.get(session, LOCAL_CLINIC, HOME).catching_up_us is not None

    slow = Pace(per_s=60.0, window=8, mark_every_s=0.0)
    async with pair.open(), pair.home_runs(pace=slow):
        await until(told, "the clinic to be told")
        await until(lambda: same(pair), "the session again")
        await until(lambda: not told(), "the end")


async def test_a_home_whose_store_was_restored_begins_a_new_numbering(pair, tmp_path):
    write(pair, A, 0)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: same(pair) and marked(pair), "the first session")
        make_backup(pair.home.store.data_dir, tmp_path / "backup")
        write(pair, B, 1)
        await until(lambda: same(pair) and marked(pair), "the second session")
    folder, before = pair.home.store.data_dir, pair.home.store.spool_id()
    pair.home.close()
    restore_backup(tmp_path / "backup", folder)
    pair.home = Side.at(folder)
    assert pair.home.store.spool_id() != before
    write(pair, C, 2)
    async with pair.open(), pair.home_runs(pace=PACE) as uplink:
        await until(lambda: marked(pair), "the clinic to know the new numbering")
        assert uplink._delivery.refused == 0
    assert {stream for stream, _ in payloads(pair.clinic, SENSOR)} == {A, B, C}


async def test_what_was_said_after_the_backup_comes_again_and_what_was_deleted_stays_deleted(pair, tmp_path):
    """Documents have their own way up: told sets, wearers, what was said."""
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
        wear(pair.home, pair.person)
        tell_set(pair, "kept", 1)
        tell_set(pair, "gone", 2)
        await until(lambda: read(pair.clinic, lambda s: found(s, "kept") and found(s, "gone")), "two sets")
        await until(lambda: settled(pair), "their receipts")
        make_backup(pair.clinic.store.data_dir, tmp_path / "backup")
        tell_set(pair, "late", 3)
        write_records(pair.home, lambda s: s.delete(found(s, "gone")))
        write_records(pair.home, lambda s: setattr(found(s, "kept"), "hand_reps", 9))
        await until(lambda: read(pair.clinic, as_told), "the clinic to have it all")
        await until(lambda: settled(pair), "their receipts")
    restore_clinic(pair, tmp_path / "backup")
    assert not read(pair.clinic, as_told)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: read(pair.clinic, as_told), "the clinic to have it all again")
    assert read(pair.clinic, lambda s: sync.unseen(s, LOCAL_CLINIC)) == {}


async def test_a_restored_home_gets_back_what_its_clinic_has(pair, tmp_path):
    write(pair, A, 0, frames=5)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
        wear(pair.home, pair.person)
        tell_set(pair, "kept", 1)
        await until(lambda: settled(pair) and marked(pair), "the receipts")
        make_backup(pair.home.store.data_dir, tmp_path / "backup")
        tell_set(pair, "late", 2)
        write_records(pair.home, lambda s: setattr(found(s, "kept"), "hand_reps", 9))
        await until(lambda: settled(pair) and marked(pair), "the receipts of the rest")
    folder = pair.home.store.data_dir
    pair.home.close()
    restore_backup(tmp_path / "backup", folder)
    pair.home = Side.at(folder)
    assert read(pair.home, lambda s: (found(s, "late"), found(s, "kept").hand_reps)) == (None, None)
    async with pair.open(), pair.home_runs(pace=PACE):
        await until(lambda: read(pair.home, lambda s: found(s, "late")), "the set to come back")
        await until(lambda: read(pair.home, lambda s: found(s, "kept").hand_reps == 9), "the newer one")
    assert read(pair.clinic, lambda s: found(s, "kept").hand_reps) == 9


def tell_set(pair: Pair, name: str, hours: int) -> None:
    at_us = T0_US + hours * HOUR_US
    body = told(person_id=pair.person, id=name, opened_us=at_us, closed_us=at_us + 10**6)
    write_records(pair.home, lambda s: declarations.tell(s, LOCAL_CLINIC, body))


def found(session, name: str):
    return session.get(SetDeclarationRow, (LOCAL_CLINIC, name))


def as_told(session) -> bool:
    kept = found(session, "kept")
    return kept.hand_reps == 9 and found(session, "late") is not None and found(session, "gone") is None


def settled(pair: Pair) -> bool:
    with pair.home.records.read() as session:
        documents = cursors.position(session, documents_cursor(HOME))
        states = sync.states(session, LOCAL_CLINIC, HOME).values()
        quiet = all(each.agreed == each.local for each in states)
        rows = session.scalars(select(SetDeclarationRow)).all()
        looked = all(
            sync.find(session, LOCAL_CLINIC, HOME, "set_declarations", row.id).agreed
            == digest_of(KINDS["set_declarations"], body_of(KINDS["set_declarations"], row))
            for row in rows
        )
    mark = pair.clinic.store.mark_of(HOME)
    return quiet and looked and mark is not None and mark.documents == documents
