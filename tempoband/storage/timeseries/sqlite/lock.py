"""One writer per data directory.

The lock is an open exclusive transaction on a small SQLite file: it works on every system and ends with the
process, however it dies.
"""

import os
import sqlite3
from pathlib import Path

from tempoband.storage.errors import StorageError, StorageReason

LOCK_NAME = "writer.lock"
_HOLDER_NAME = "writer.pid"


class WriterLock:
    """Held from construction to ``close()``."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        holder = data_dir / _HOLDER_NAME
        self._db = sqlite3.connect(
            data_dir / LOCK_NAME, isolation_level=None, check_same_thread=False, timeout=0
        )
        try:
            self._db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._db.close()
            raise StorageError(
                StorageReason.LOCKED,
                f"{data_dir} already has a writer (process {_read(holder)}): one data directory takes one"
                " ingest; stop the other one or give this one its own directory",
            ) from error
        holder.write_text(str(os.getpid()))

    def close(self) -> None:
        """Let another writer in."""
        self._db.close()


def _read(holder: Path) -> str:
    try:
        return holder.read_text().strip() or "unknown"
    except OSError:
        return "unknown"
