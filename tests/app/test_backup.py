"""A backup made while things run, put back elsewhere, holds the same samples, records and dead letters."""

import contextlib
import sqlite3

import numpy as np
import pytest

from ingest.register import DeadLetter, Register
from tempoband.app.backup import make_backup, restore_backup
from tempoband.app.errors import AppError
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import encode_frame
from tempoband.storage.records import Records, people
from tempoband.storage.timeseries.base import StoredFrame
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.support.frames import even_frame

START_US = 1_800_000_000_000_000
SENSOR = "sensor-1"


def stored(seq: int) -> StoredFrame:
    frame = even_frame("ab" * 16, seq, np.arange(8) + seq, t0_us=START_US + seq * 100_000)
    return StoredFrame(SENSOR, "bridge-1", frame, encode_frame(frame))


@pytest.fixture
def used(tmp_path):
    """A data folder in use: its writer, records and register stay open."""
    folder = tmp_path / "data"
    with (
        contextlib.closing(SqliteStore(folder)) as store,
        contextlib.closing(Records(f"sqlite:///{folder / 'records.sqlite'}")) as records,
        contextlib.closing(Register(folder)) as register,
    ):
        store.write([stored(seq) for seq in range(40)])
        with records.write() as session:
            people.add(session, LOCAL_CLINIC, "Test Person", now_us=START_US)
        register.keep([DeadLetter("t", b"x", b"\1" * 32, RejectReason.UNDECODABLE, "why")], {})
        yield folder, store


def samples_in(folder):
    with contextlib.closing(SqliteStore(folder, writable=False)) as store:
        return store.read(SENSOR, 0, 2**62)


def test_everything_comes_back(used, tmp_path):
    folder, store = used
    make_backup(folder, tmp_path / "copy")
    store.write([stored(40)])  # after the backup
    assert restore_backup(tmp_path / "copy", tmp_path / "elsewhere") == 0
    curve = samples_in(tmp_path / "elsewhere")
    assert len(curve) == 40 * 8
    np.testing.assert_array_equal(curve.tension_n, samples_in(folder).tension_n[: 40 * 8])
    address = f"sqlite:///{tmp_path / 'elsewhere' / 'records.sqlite'}"
    with contextlib.closing(Records(address)) as records, records.read() as session:
        assert [person.display_name for person in people.current(session, LOCAL_CLINIC)] == ["Test Person"]
    with contextlib.closing(Register(tmp_path / "elsewhere")) as register:
        assert [letter.detail for letter in register.dead_letters()] == ["why"]


def test_nothing_is_restored_over_a_running_writer(used, tmp_path):
    folder, _ = used
    make_backup(folder, tmp_path / "copy")
    with pytest.raises(AppError, match="cannot restore"):
        restore_backup(tmp_path / "copy", folder)
    assert len(samples_in(folder)) == 40 * 8


def test_a_damaged_backup_changes_nothing(used, tmp_path):
    folder, _ = used
    make_backup(folder, tmp_path / "copy")
    (tmp_path / "copy" / "records.sqlite").write_bytes(b"not a database, for sure" * 100)
    with pytest.raises(AppError, match="cannot restore"):
        restore_backup(tmp_path / "copy", tmp_path / "elsewhere")
    assert not list((tmp_path / "elsewhere").glob("samples*"))


def test_an_erasure_after_the_backup_stays_erased(used, tmp_path):
    folder, store = used
    make_backup(folder, tmp_path / "copy")
    store.erase(SENSOR, START_US, START_US + 1_000_000)
    store.close()
    assert restore_backup(tmp_path / "copy", folder) == 80
    assert samples_in(folder).time_us[0] >= START_US + 1_000_000


def test_the_copy_is_one_plain_file(used, tmp_path):
    make_backup(used[0], tmp_path / "copy")
    assert sorted(p.name for p in (tmp_path / "copy").iterdir()) == [
        "ingest.sqlite",
        "records.sqlite",
        "samples.sqlite3",
    ]
    with contextlib.closing(sqlite3.connect(tmp_path / "copy" / "records.sqlite")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
