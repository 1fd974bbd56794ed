"""Backs up and restores a data folder of the embedded stores: samples, records and dead letters.

A clinic on InfluxDB and PostgreSQL uses the tools of those.
"""

import contextlib
import sqlite3
import time
from pathlib import Path

from tempoband.app.errors import AppError, AppReason
from tempoband.app.progress import Told
from tempoband.storage.erasure import repeat
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, RecordsError
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.timeseries.sqlite import SqliteStore
from tempoband.storage.timeseries.sqlite.erasure_list import read_erasures, read_forgotten
from tempoband.storage.timeseries.sqlite.lock import WriterLock
from tempoband.storage.timeseries.sqlite.restoring import restore
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME

RECORDS = "records.sqlite"
BESIDE_THE_SAMPLES = (RECORDS, "ingest.sqlite")


def make_backup(data_dir: Path, target: Path, told: Told | None = None) -> None:
    """Copy everything to a folder while it is in use; ``told(left, total)`` follows the samples.

    Records are copied before the samples, so that no score stands there without its samples.

    Raises:
        AppError: what could not be read or written; earlier backups in the folder stay whole.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in BESIDE_THE_SAMPLES:
            if (data_dir / name).exists():
                _copy(data_dir / name, target / name)
        with contextlib.closing(SqliteStore(data_dir, writable=False)) as store:
            store.backup(target / FILE_NAME, told)
    except (OSError, sqlite3.Error, StorageError) as error:
        raise AppError(AppReason.BAD_FILE, f"cannot back {data_dir} up to {target}: {error}") from error


def restore_backup(source: Path, data_dir: Path) -> int:
    """Put a backup in the place of what a data folder holds; returns samples erased again.

    Raises:
        AppError: the backup is damaged or a process uses the folder; nothing was changed then.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        copies = [source / name for name in BESIDE_THE_SAMPLES if (source / name).exists()]
        for copy in copies:
            _check(copy)
        erased = restore(source / FILE_NAME, data_dir)
        with contextlib.closing(WriterLock(data_dir)):
            for copy in copies:
                _copy(copy, data_dir / copy.name)
            _forget_again(data_dir)
    except (OSError, sqlite3.Error, StorageError, RecordsError) as error:
        raise AppError(AppReason.BAD_FILE, f"cannot restore {source} to {data_dir}: {error}") from error
    return erased


def _forget_again(data_dir: Path) -> None:
    """What was erased after the backup: the records of the backup still know what came of it."""
    stretches = [Stretch(sensor, *span) for sensor, span in read_erasures(data_dir)]
    people = list(read_forgotten(data_dir))
    if (data_dir / RECORDS).exists() and (stretches or people):
        with contextlib.closing(Records(f"sqlite:///{data_dir / RECORDS}")) as records:
            repeat(records, stretches, people, now_us=time.time_ns() // 1000)


def _check(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as copy:
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"{database} is damaged: {found}")


def _copy(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use; it appears whole or not at all."""
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original,
        contextlib.closing(sqlite3.connect(partial)) as copy,
    ):
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    for leftover in ("-wal", "-shm"):  # of the database that is replaced
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    partial.replace(target)
