"""Online backup, restore, and the list of erasures that outlives both."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tempoband.contracts.errors import ContractError
from tempoband.contracts.frame import decode_frame
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.edit import Span
from tempoband.storage.timeseries.sealed.block import verify
from tempoband.storage.timeseries.sqlite.failures import failures
from tempoband.storage.timeseries.sqlite.lock import WriterLock
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME

ERASURES_NAME = "erasures.jsonl"
_PAGES_A_STEP = 256


def backup(db: sqlite3.Connection, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Copy the store to a file while it is written to; the copy appears whole or not at all.

    Args:
        db: a connection to the store.
        target: the file to make; one that is there is replaced.
        progress: called with pages left and pages in all.
    """
    partial = target.with_name(target.name + ".partial")
    with failures(f"backing up to {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        copy = sqlite3.connect(partial)
        try:
            told = (lambda _status, left, total: progress(left, total)) if progress else None
            db.backup(copy, pages=_PAGES_A_STEP, progress=told)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
        _sync(partial)
        partial.replace(target)


def restore(source: Path, data_dir: Path) -> int:
    """Put a backup in the place of the samples of a data directory; nothing may write there meanwhile.

    What was erased since the backup is erased again: the list of erasures beside the samples says what.

    Returns:
        samples erased again.

    Raises:
        StorageError: LOCKED while a writer runs; CORRUPT when the backup is damaged, and nothing changes.
    """
    from tempoband.storage.timeseries.sqlite.store import SqliteStore  # noqa: PLC0415 - it uses this module

    with failures(f"restoring {source}"):
        check(source)
        lock = WriterLock(data_dir)
        try:
            fresh = data_dir / (FILE_NAME + ".restoring")
            original = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
            try:
                backup(original, fresh)
            finally:
                original.close()
            for leftover in ("-wal", "-shm"):
                (data_dir / (FILE_NAME + leftover)).unlink(missing_ok=True)
            fresh.replace(data_dir / FILE_NAME)
        finally:
            lock.close()
    store = SqliteStore(data_dir)
    try:
        return sum(store.erase(sensor, *span) for sensor, span in read_erasures(data_dir))
    finally:
        store.close()


def check(file: Path) -> int:
    """Whether a file is a whole and undamaged store: its pages, the digest of every block, every frame.

    Returns:
        samples that were looked at.

    Raises:
        StorageError: CORRUPT, with what is wrong and where.
    """
    if not file.is_file():
        raise StorageError(StorageReason.MISCONFIGURED, f"{file} is not there")
    with failures(f"checking {file}"):
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            verdict = db.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise StorageError(StorageReason.CORRUPT, f"{file} is damaged: {verdict}")
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'frames'").fetchone():
                raise StorageError(StorageReason.CORRUPT, f"{file} holds no samples of tempoband")
            return _check_blocks(db, file) + _check_frames(db, file)
        finally:
            db.close()


def _check_blocks(db: sqlite3.Connection, file: Path) -> int:
    samples = 0
    columns = "stream, first_seq, blocks.last_seq, n, data"
    query = f"SELECT {columns} FROM blocks JOIN streams ON streams.id = stream_id"  # noqa: S608 - constants
    for stream, first, last, n, data in db.execute(query):
        try:
            verify(data)
        except StorageError as error:
            raise _damaged(file, stream, f"{first} to {last}", error) from error
        samples += n
    return samples


def _check_frames(db: sqlite3.Connection, file: Path) -> int:
    samples = 0
    query = "SELECT stream, seq, n, payload FROM frames JOIN streams ON streams.id = stream_id"
    for stream, seq, n, payload in db.execute(query):
        try:
            frame = decode_frame(payload)
        except ContractError as error:
            raise _damaged(file, stream, str(seq), error) from error
        if (frame.stream, frame.seq, len(frame)) != (stream, seq, n):
            raise _damaged(file, stream, str(seq), "the frame is another one")
        samples += n
    return samples


def _damaged(file: Path, stream: str, where: str, why: object) -> StorageError:
    words = f"{file} is damaged: stream {stream}, frames {where}: {why}"
    return StorageError(StorageReason.CORRUPT, words)


def note_erasure(data_dir: Path, sensor: str, span: Span) -> None:
    """Write an erasure down beside the samples, before it is done, so that a restore repeats it."""
    _note(data_dir, {"sensor": sensor, "start_us": span[0], "end_us": span[1]})


def note_forgotten(data_dir: Path, clinic_id: str, person_id: str) -> None:
    """Write down that a person was erased from the records of this folder, so that a restore repeats it."""
    _note(data_dir, {"clinic_id": clinic_id, "person_id": person_id})


def read_erasures(data_dir: Path) -> Iterator[tuple[str, Span]]:
    """Every erasure noted beside the samples."""
    for entry in _noted(data_dir):
        if "sensor" in entry:
            yield entry["sensor"], (entry["start_us"], entry["end_us"])


def read_forgotten(data_dir: Path) -> Iterator[tuple[str, str]]:
    """(clinic, person) of everybody who was erased from the records of this folder."""
    for entry in _noted(data_dir):
        if "person_id" in entry:
            yield entry["clinic_id"], entry["person_id"]


def _note(data_dir: Path, entry: dict[str, str | int]) -> None:
    with failures("noting an erasure"), (data_dir / ERASURES_NAME).open("a") as file:
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _noted(data_dir: Path) -> Iterator[dict[str, Any]]:
    """A last line cut short by a power failure is passed over."""
    file = data_dir / ERASURES_NAME
    for line in file.read_text().splitlines() if file.exists() else ():
        with contextlib.suppress(json.JSONDecodeError):
            yield json.loads(line)


def noted(data_dir: Path, sensor: str, span: Span) -> bool:
    """Whether this erasure is written down already."""
    return (sensor, span) in set(read_erasures(data_dir))


def _sync(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
