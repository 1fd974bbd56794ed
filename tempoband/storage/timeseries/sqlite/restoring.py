"""A backup put in the place of the samples."""

import sqlite3
from pathlib import Path

from tempoband.storage.timeseries.sqlite.backup import backup
from tempoband.storage.timeseries.sqlite.checking import check
from tempoband.storage.timeseries.sqlite.erasure_list import read_erasures
from tempoband.storage.timeseries.sqlite.failures import failures
from tempoband.storage.timeseries.sqlite.lock import WriterLock
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME
from tempoband.storage.timeseries.sqlite.store import SqliteStore


def restore(source: Path, data_dir: Path) -> int:
    """Put a backup in the place of the samples of a data directory; nothing may write there meanwhile.

    What was erased since the backup is erased again: the list of erasures beside the samples says what.

    Returns:
        samples erased again.

    Raises:
        StorageError: LOCKED while a writer runs; CORRUPT when the backup is damaged, and nothing changes.
    """
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
        store.renumber()
        return sum(store.erase(sensor, *span) for sensor, span in read_erasures(data_dir))
    finally:
        store.close()
