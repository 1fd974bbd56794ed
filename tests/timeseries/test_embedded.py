"""What only the embedded store promises: erasing on disk, backup, locks, full disks, kills."""

import os
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.ledger import StreamEnded
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.open import open_store
from tempoband.storage.timeseries.sqlite import SqliteStore
from tempoband.storage.timeseries.sqlite.restoring import restore
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME, SCHEMA_VERSION
from tests.timeseries.conftest import FAR_FUTURE_US, seal_all
from tests.timeseries.making import (
    BRIDGE,
    FOREVER,
    SENSOR,
    A,
    all_stored,
    make_frame,
    make_stream,
    samples_of,
    stored,
)


def bytes_on_disk(store: SqliteStore) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(store.data_dir.iterdir()) if file.is_file())


def test_one_writer_and_the_second_is_told(embedded: SqliteStore):
    with pytest.raises(StorageError, match=f"process {os.getpid()}.*own directory") as caught:
        SqliteStore(embedded.data_dir)
    assert caught.value.reason is StorageReason.LOCKED
    reader = SqliteStore(embedded.data_dir, writable=False)
    with pytest.raises(StorageError, match="reading only"):
        reader.write(all_stored(make_stream(A, 1)))
    reader.close()
    embedded.close()
    SqliteStore(embedded.data_dir).close()


def test_a_reader_may_come_before_the_first_writer(tmp_path: Path):
    reader = open_store(tmp_path / "new", writable=False)
    assert len(reader.read(SENSOR, *FOREVER)) == 0
    writer = open_store(str(tmp_path / "new"))
    writer.write(all_stored(make_stream(A, 2)))
    assert len(reader.read(SENSOR, *FOREVER)) == 20
    reader.close()
    writer.close()


def test_readers_see_whole_batches_while_the_writer_writes_and_seals(embedded: SqliteStore):
    reader = SqliteStore(embedded.data_dir, writable=False)
    stop = threading.Event()
    torn: list[int] = []

    def keep_reading() -> None:
        seen = 0
        while not stop.is_set():
            n = len(reader.read(SENSOR, *FOREVER))
            if n % 500 or n < seen:
                torn.append(n)
            seen = n

    thread = threading.Thread(target=keep_reading)
    thread.start()
    for batch in range(40):
        embedded.write(all_stored(make_stream(A, 50, start=50 * batch)))
        if batch % 10 == 9:
            seal_all(embedded)
    stop.set()
    thread.join()
    reader.close()
    assert torn == []


def test_only_settled_samples_of_a_running_stream_are_sealed(embedded: SqliteStore):
    frames = make_stream(A, 2000, samples=50)  # 1250 s
    embedded.write(all_stored(frames))
    now_us = frames[-1].end_us
    while embedded.maintain(now_us):
        pass
    with sqlite3.connect(embedded.data_dir / FILE_NAME) as db:
        (left_us,) = db.execute("SELECT min(end_us) FROM frames").fetchone()
    db.close()
    assert now_us - left_us == pytest.approx(600e6, rel=0.01)
    np.testing.assert_array_equal(embedded.read(SENSOR, *FOREVER).time_us, samples_of(frames)[0])


def test_bytes_that_we_would_write_otherwise_are_kept_as_they_came(embedded: SqliteStore):
    import cbor2

    from tempoband.storage.timeseries.base import StoredFrame

    frames = make_stream(A, 9)
    foreign = cbor2.dumps(dict(reversed(cbor2.loads(stored(frames[4]).payload).items())))
    batch = all_stored(frames)
    batch[4] = StoredFrame(SENSOR, BRIDGE, frames[4], foreign)
    embedded.write(batch)
    seal_all(embedded)
    assert [f.payload for f in embedded.frames(SENSOR, *FOREVER)] == [s.payload for s in batch]
    assert embedded.write(batch).outcomes == (None,) * 9
    assert embedded.write([stored(frames[4])]).outcomes == (RejectReason.CONFLICT,)


@pytest.mark.parametrize("sealed", [False, True])
def test_erasing_leaves_no_trace_on_the_disk(embedded: SqliteStore, sealed: bool):
    """An unmistakable pattern in the counts must be in no file once it is erased."""
    pattern = np.frombuffer(os.urandom(400), "<i4")
    frames = make_stream(A, 30)
    frames[20] = make_frame(A, 20, 100, counts=pattern)
    frames[21:] = [make_frame(A, seq, 10, t0_us=frames[seq].t0_us + 2_000_000) for seq in range(21, 30)]
    embedded.write(all_stored(frames))
    assert pattern.tobytes() in bytes_on_disk(embedded)
    if sealed:
        seal_all(embedded)
    assert embedded.erase(SENSOR, frames[20].t0_us, frames[20].end_us + 1) == 100
    assert pattern.tobytes() not in bytes_on_disk(embedded)
    kept = frames[:20] + frames[21:]
    np.testing.assert_array_equal(embedded.read(SENSOR, *FOREVER).time_us, samples_of(kept)[0])


def test_a_reader_in_mid_read_only_delays_the_last_trace(embedded: SqliteStore):
    pattern = np.frombuffer(os.urandom(400), "<i4")
    frames = [*make_stream(A, 3), make_frame(A, 30, 100, counts=pattern)]
    embedded.write(all_stored(frames))
    reader = SqliteStore(embedded.data_dir, writable=False)
    reading = reader.frames(SENSOR, *FOREVER)
    next(reading)
    embedded.erase(SENSOR, frames[3].t0_us, frames[3].end_us + 1)
    assert len(list(reading)) == 3  # it goes on seeing what it began with
    reader.close()
    embedded.maintain(0)
    assert pattern.tobytes() not in bytes_on_disk(embedded)


def test_erased_samples_stay_away_after_sealing_redelivery_and_restore(embedded: SqliteStore, tmp_path: Path):
    frames = make_stream(A, 50)
    embedded.write(all_stored(frames))
    embedded.backup(tmp_path / "before.sqlite3")
    embedded.erase(SENSOR, frames[10].t0_us, frames[20].t0_us)
    kept = frames[:10] + frames[20:]
    seal_all(embedded)
    assert embedded.write(all_stored(frames)).outcomes[10:20] == (RejectReason.ERASED,) * 10
    embedded.close()
    assert restore(tmp_path / "before.sqlite3", embedded.data_dir) == 100
    back = SqliteStore(embedded.data_dir)
    back.write(all_stored(frames))
    np.testing.assert_array_equal(back.read(SENSOR, *FOREVER).time_us, samples_of(kept)[0])
    back.close()


def test_merged_changes_still_cover_everything(embedded: SqliteStore):
    frames = make_stream(A, 40)
    for frame in frames:
        embedded.write([stored(frame)])
    before = embedded.changes(0)
    embedded.maintain(FAR_FUTURE_US)
    while embedded.maintain(FAR_FUTURE_US):
        pass
    merged = embedded.changes(before[10].cursor)
    assert len(merged) < len(before) - 11
    assert min(c.start_us for c in merged) <= frames[11].t0_us
    assert max(c.end_us for c in merged) == frames[-1].end_us
    assert merged[-1].cursor == before[-1].cursor


def test_a_store_of_a_newer_version_is_refused_in_words(embedded: SqliteStore):
    with sqlite3.connect(embedded.data_dir / FILE_NAME) as db:
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    db.close()
    embedded.close()
    with pytest.raises(StorageError, match="update tempoband") as caught:
        SqliteStore(embedded.data_dir)
    assert caught.value.reason is StorageReason.TOO_NEW


def test_something_else_in_the_file_is_said(tmp_path: Path):
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 1000)
    with pytest.raises(StorageError) as caught:
        SqliteStore(tmp_path)
    assert caught.value.reason is StorageReason.CORRUPT
    with pytest.raises(StorageError, match="ftp"):
        open_store("ftp://somewhere")


def test_notes_of_a_stream_that_never_sent_a_frame(embedded: SqliteStore):
    embedded.write_notes([(BRIDGE, SENSOR, StreamEnded(A, -1))])
    assert embedded.streams(SENSOR, *FOREVER) == []
    assert embedded.sensors() == []


def test_a_closed_store_says_so(tmp_path: Path):
    store = SqliteStore(tmp_path)
    store.close()
    store.close()
    with pytest.raises(StorageError, match="closed"):
        store.read(SENSOR, *FOREVER)
    with pytest.raises(StorageError, match="closed"):
        store.write([])


def test_sealing_gives_the_disk_its_space_back(embedded: SqliteStore):
    for start in range(0, 6000, 500):
        embedded.write(all_stored(make_stream(A, 500, start=start)))
    embedded.write([])
    file = embedded.data_dir / FILE_NAME
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    before = file.stat().st_size
    seal_all(embedded)
    embedded.close()
    assert file.stat().st_size < before / 2
