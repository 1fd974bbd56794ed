"""A home in use: its one writer, its records, and somebody who erases beside them."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.exercise import Side
from tempoband.storage.erasure import Orderer
from tempoband.storage.records import (
    Records,
    declarations,
    devices,
    notes,
    people,
    recordings,
    references,
    self_reports,
    sets,
)
from tempoband.storage.timeseries.base import Eraser
from tempoband.storage.timeseries.open import open_eraser
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.records.make import SENSOR, declaration, score, set_record
from tests.timeseries.making import T0_US, all_stored, make_stream

SECOND = 1_000_000
BETWEEN_US = 6_000  # two samples: no jitter moves one across
CHANGE_US = T0_US + 35 * SECOND - BETWEEN_US  # the sensor changes hands
FOREVER = (0, 2**52)
ADMIN = Orderer("local-owner", "local_owner", LOCAL_CLINIC)


@dataclass
class Home:
    folder: Path
    store: SqliteStore
    records: Records
    samples: Eraser
    person: str
    other: str

    def stored_us(self) -> list[int]:
        return self.store.read(SENSOR, *FOREVER).time_us.tolist()

    def set_ids(self) -> set[str]:
        with self.records.read() as session:
            return {each.set.id for each in sets.latest(session, LOCAL_CLINIC, limit=100)}


@pytest.fixture
def frames():
    """A minute of samples."""
    return all_stored(make_stream("ab" * 8, 60 * 80 // 20, samples=20), SENSOR)


@pytest.fixture
def home(tmp_path, frames):
    """Sets at 5-15 s, 20-30 s and 40-50 s; the sensor is Ann's up to 35 s, then Ben's."""
    folder = tmp_path / "data"
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(contextlib.closing(SqliteStore(folder)))
        records = stack.enter_context(contextlib.closing(Records(f"sqlite:///{folder / 'records.sqlite'}")))
        samples = stack.enter_context(contextlib.closing(open_eraser(folder)))
        store.write(frames)
        with records.write() as session:
            ann = people.add(session, LOCAL_CLINIC, "Ann", now_us=T0_US).id
            ben = people.add(session, LOCAL_CLINIC, "Ben", now_us=T0_US).id
            devices.seen(session, LOCAL_CLINIC, devices.Device(SENSOR, "S", T0_US, "home"))
            devices.assign(session, LOCAL_CLINIC, SENSOR, ann, now_us=T0_US)
            devices.assign(session, LOCAL_CLINIC, SENSOR, ben, now_us=CHANGE_US)
            for name, who, start_s, declared in (
                ("one", ann, 5, True),
                ("two", ann, 20, False),
                ("three", ben, 40, True),
            ):
                span = (T0_US + start_s * SECOND, T0_US + (start_s + 10) * SECOND)
                if declared:
                    told = declaration(id=name, person_id=who, opened_us=span[0] - SECOND)
                    declarations.open_set(session, LOCAL_CLINIC, told)
                    declarations.close(session, LOCAL_CLINIC, name, span[1], declarations.CloseReason.HAND)
                item = set_record(
                    id=name,
                    person_id=who,
                    declared=declared,
                    started_us=span[0],
                    ended_us=span[1],
                    revision=1,
                )
                sets.save(session, LOCAL_CLINIC, item, score([True, None]))
            self_reports.add(
                session, LOCAL_CLINIC, self_reports.SelfReport("p", ann, T0_US, ann, pain=3, set_id="one")
            )
            notes.add(session, LOCAL_CLINIC, notes.Note("n", ann, "Better", T0_US, ben, set_id="two"))
            references.add(
                session,
                LOCAL_CLINIC,
                references.Reference("r", ann, "clamshell", Side.LEFT, 40.0, 60.0, T0_US + SECOND, SENSOR),
            )
            recordings.start(
                session, LOCAL_CLINIC, recordings.Recording("f", SENSOR, "Free", T0_US + SECOND, ann)
            )
            recordings.stop(session, LOCAL_CLINIC, "f", now_us=T0_US + 3 * SECOND)
        yield Home(folder, store, records, samples, ann, ben)
