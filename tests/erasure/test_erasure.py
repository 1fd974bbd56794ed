"""Erased means erased: samples, what was computed from them, and the people they were about."""

import contextlib
import sqlite3

import pytest

from tempoband.app.backup import make_backup, restore_backup
from tempoband.app.running.erasing import keep_erasing
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.errors import RejectReason
from tempoband.storage.erasure import erase_person, erase_stretch, finish
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records import (
    audit,
    declarations,
    erasures,
    notes,
    people,
    recordings,
    references,
    self_reports,
    sets,
)
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.records.tables import Base, RepRow, ScoreRow
from tests.erasure.conftest import ADMIN, BETWEEN_US, CHANGE_US, FOREVER, SECOND
from tests.messaging.tasks import running, until
from tests.records.make import SENSOR, set_record
from tests.timeseries.making import T0_US

NOW_US = T0_US + 60 * SECOND


def stretch(start_s: float, end_s: float) -> Stretch:
    start_us = T0_US + round(start_s * SECOND) - BETWEEN_US
    return Stretch(SENSOR, start_us, T0_US + round(end_s * SECOND) - BETWEEN_US)


def inside(frame, cut: Stretch) -> bool:
    return cut.start_us <= frame.t0_us and frame.end_us < cut.end_us


def test_erasing_a_stretch_beside_the_writer_takes_its_sets_with_it(home, frames):
    cut = stretch(18, 32)
    before = home.stored_us()
    erased = erase_stretch(home.records, home.samples, cut, ADMIN, now_us=NOW_US)
    left = [t for t in before if not cut.start_us <= t < cut.end_us]
    assert (erased.samples, home.stored_us()) == (len(before) - len(left), left)
    assert home.set_ids() == {"one", "three"}
    outcomes = home.store.write(frames).outcomes  # the writer is told by the file itself
    assert {o for f, o in zip(frames, outcomes, strict=True) if inside(f.frame, cut)} == {RejectReason.ERASED}
    assert home.stored_us() == left
    with home.records.read() as session:
        (act,) = audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62)
        assert (act.action, act.by) == ("samples.erase", "local-owner")
        assert {row.set_id for row in session.query(ScoreRow)} == {"one", "three"}
        assert {row.set_id for row in session.query(RepRow)} == {"one", "three"}
        (note,) = notes.of_person(session, LOCAL_CLINIC, home.person)
        assert (note.body, note.set_id) == ("Better", None)


def test_a_told_set_that_reaches_outside_stays_told_but_loses_every_score(home):
    erase_stretch(home.records, home.samples, stretch(10, 12), ADMIN, now_us=NOW_US)
    with home.records.read() as session:
        assert sets.find(session, LOCAL_CLINIC, "one") is None
        assert declarations.find(session, LOCAL_CLINIC, "one") is not None
        (report,) = self_reports.of_person(session, LOCAL_CLINIC, home.person, start_us=0, end_us=2**62)
        assert report.set_id == "one"
        assert recordings.latest(session, LOCAL_CLINIC) != []


def test_what_was_measured_or_marked_inside_goes(home):
    erase_stretch(home.records, home.samples, stretch(0, 4), ADMIN, now_us=NOW_US)
    with home.records.read() as session:
        assert references.of_person(session, LOCAL_CLINIC, home.person) == []
        assert recordings.latest(session, LOCAL_CLINIC) == []
    assert home.set_ids() == {"one", "two", "three"}


def test_erasing_a_person_leaves_nothing_about_them_and_everything_about_others(home, frames):
    erased = erase_person(home.records, home.samples, home.person, ADMIN, now_us=NOW_US)
    border = CHANGE_US
    assert home.stored_us() == [t for f in frames for t in f.frame.time_us.tolist() if t >= border]
    assert erased.rows["people"] == 1
    assert home.set_ids() == {"three"}
    with home.records.read() as session:
        assert [p.id for p in people.current(session, LOCAL_CLINIC)] == [home.other]
        for table in Base.metadata.sorted_tables:
            named = [row for row in session.execute(table.select()) if home.person in map(str, row)]
            assert not named or table.name in {"audit", "erasures"}, table.name
    for name in home.folder.iterdir():
        assert b"Ann" not in name.read_bytes(), name.name
    home.store.write(frames)
    assert min(home.stored_us()) >= border


def test_a_set_told_to_be_somebody_elses_is_not_theirs(home, frames):
    with home.records.write() as session:
        told = declarations.get(session, LOCAL_CLINIC, "one")
        declarations.amend(session, LOCAL_CLINIC, type(told)(**{**as_fields(told), "person_id": home.other}))
        item = set_record(id="one", person_id=home.other, started_us=T0_US + 5 * SECOND, revision=2)
        sets.save(session, LOCAL_CLINIC, type(item)(**{**as_fields(item), "ended_us": T0_US + 15 * SECOND}))
    erase_person(home.records, home.samples, home.person, ADMIN, now_us=NOW_US)
    assert home.set_ids() == {"one", "three"}
    sent = [t for f in frames for t in f.frame.time_us.tolist()]
    borrowed = (T0_US + 4 * SECOND, T0_US + 15 * SECOND)
    border = CHANGE_US
    assert home.stored_us() == [t for t in sent if borrowed[0] <= t < borrowed[1] or t >= border]


def as_fields(item) -> dict:
    return {name: getattr(item, name) for name in item.__slots__}


class Away:
    """A store that is gone after some erasures."""

    def __init__(self, inner, after: int) -> None:
        self._inner, self._left = inner, after

    def erase(self, sensor: str, start_us: int, end_us: int) -> int:
        if self._left == 0:
            raise StorageError(StorageReason.UNAVAILABLE, "away")
        self._left -= 1
        return self._inner.erase(sensor, start_us, end_us)

    def close(self) -> None:
        pass


def test_an_erasure_cut_short_is_finished_later(home):
    with pytest.raises(StorageError):
        erase_person(home.records, Away(home.samples, 0), home.person, ADMIN, now_us=NOW_US)
    with home.records.read() as session:
        assert [p.id for p in people.current(session, LOCAL_CLINIC)] == [home.other]
        assert erasures.under_way(session, SENSOR) != []
    assert finish(home.records, home.samples, now_us=NOW_US + 1, older_than_us=2) == 0, "somebody is at it"
    assert finish(home.records, home.samples, now_us=NOW_US + 1) == 35 * 80
    assert finish(home.records, home.samples, now_us=NOW_US + 2) == 0
    assert min(home.stored_us()) >= CHANGE_US
    with home.records.read() as session:
        assert erasures.under_way(session, SENSOR) == []


def test_restoring_an_older_backup_brings_nobody_back(home, frames, tmp_path):
    make_backup(home.folder, tmp_path / "copy")
    erase_person(home.records, home.samples, home.person, ADMIN, now_us=NOW_US)
    erase_stretch(home.records, home.samples, stretch(40, 42), ADMIN, now_us=NOW_US)
    home.store.close()
    home.samples.close()
    home.records.close()
    assert restore_backup(tmp_path / "copy", home.folder) == (35 + 2) * 80
    with contextlib.closing(sqlite3.connect(home.folder / "records.sqlite")) as db:
        assert [name for (name,) in db.execute("SELECT display_name FROM people")] == ["Ben"]
        assert db.execute("SELECT id FROM sets").fetchall() == []
    with contextlib.closing(type(home.store)(home.folder)) as store:
        store.write(frames)
        assert min(store.read(SENSOR, *FOREVER).time_us) >= CHANGE_US


async def test_a_process_that_lives_on_completes_what_another_left_half_done(home):
    with pytest.raises(StorageError):
        erase_person(home.records, Away(home.samples, 0), home.person, ADMIN, now_us=NOW_US)
    async with running(keep_erasing(home.records, str(home.folder), every_s=0.05)):
        await until(lambda: min(home.stored_us()) >= CHANGE_US, "the samples to go")
        await until(lambda: not open_erasures(home), "the order to be closed")


def open_erasures(home) -> list:
    with home.records.read() as session:
        return erasures.under_way(session, SENSOR)
