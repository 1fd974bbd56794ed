"""Backups of the embedded store: taken while it writes, refused when damaged, put back elsewhere."""

import contextlib
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.open import open_store
from tempoband.storage.timeseries.sqlite import SqliteStore
from tempoband.storage.timeseries.sqlite.checking import check
from tempoband.storage.timeseries.sqlite.restoring import restore
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME
from tests.timeseries.conftest import seal_all
from tests.timeseries.making import (
    FOREVER,
    SENSOR,
    A,
    all_stored,
    make_stream,
    samples_of,
)


def test_a_backup_taken_while_writing_is_whole_and_restores_elsewhere(embedded: SqliteStore, tmp_path: Path):
    frames = make_stream(A, 400)
    embedded.write(all_stored(frames[:200]))
    steps: list[tuple[int, int]] = []

    def meanwhile(left: int, total: int) -> None:
        steps.append((left, total))

    reader = SqliteStore(embedded.data_dir, writable=False)
    reader.backup(tmp_path / "copy.sqlite3", meanwhile)
    reader.close()
    embedded.write(all_stored(frames[200:]))
    check(tmp_path / "copy.sqlite3")
    assert restore(tmp_path / "copy.sqlite3", tmp_path / "elsewhere") == 0
    back = open_store(tmp_path / "elsewhere")
    np.testing.assert_array_equal(back.read(SENSOR, *FOREVER).time_us, samples_of(frames[:200])[0])
    assert back.write(all_stored(frames)).outcomes == (None,) * 400
    back.close()
    assert steps[-1][0] == 0


def test_a_damaged_backup_is_refused_and_nothing_is_lost(embedded: SqliteStore, tmp_path: Path):
    embedded.write(all_stored(make_stream(A, 300)))
    embedded.backup(tmp_path / "copy.sqlite3")
    data = bytearray((tmp_path / "copy.sqlite3").read_bytes())
    data[4096:8192] = os.urandom(4096)
    (tmp_path / "copy.sqlite3").write_bytes(data)
    with pytest.raises(StorageError, match=r"restoring|damaged"):
        restore(tmp_path / "copy.sqlite3", embedded.data_dir)
    embedded.close()
    with pytest.raises(StorageError) as caught:
        restore(tmp_path / "copy.sqlite3", embedded.data_dir)
    assert caught.value.reason is StorageReason.CORRUPT
    again = open_store(embedded.data_dir)
    assert len(again.read(SENSOR, *FOREVER)) == 3000
    again.close()


def flip(file: Path, inside: bytes) -> None:
    """One bit in the middle of these bytes, wherever they lie in the file."""
    data = bytearray(file.read_bytes())
    at = data.find(inside[100:200]) + 50
    assert at > 50
    data[at] ^= 1
    file.write_bytes(data)


def test_a_flipped_bit_in_a_sealed_block_is_found_and_named(embedded: SqliteStore):
    embedded.write(all_stored(make_stream(A, 2000)))
    seal_all(embedded)
    embedded.close()
    file = embedded.data_dir / FILE_NAME
    assert check(file) == 20_000
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        (block,) = db.execute("SELECT data FROM blocks").fetchone()
    flip(file, block)
    with pytest.raises(StorageError, match=f"stream {A}, frames 0 to") as caught:
        check(file)
    assert caught.value.reason is StorageReason.CORRUPT


def test_restoring_under_a_running_writer_is_refused(embedded: SqliteStore, tmp_path: Path):
    embedded.backup(tmp_path / "copy.sqlite3")
    with pytest.raises(StorageError) as caught:
        restore(tmp_path / "copy.sqlite3", embedded.data_dir)
    assert caught.value.reason is StorageReason.LOCKED
