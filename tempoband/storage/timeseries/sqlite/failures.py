"""SQLite's errors in our words."""

import contextlib
import errno
import sqlite3
from collections.abc import Iterator

from tempoband.storage.errors import StorageError, StorageReason

_REASONS = {
    sqlite3.SQLITE_FULL: (StorageReason.FULL, "no space left on the disk"),
    sqlite3.SQLITE_BUSY: (StorageReason.UNAVAILABLE, "another program holds the file"),
    sqlite3.SQLITE_LOCKED: (StorageReason.UNAVAILABLE, "another program holds the file"),
    sqlite3.SQLITE_IOERR: (StorageReason.UNAVAILABLE, "the disk gave an error"),
    sqlite3.SQLITE_CANTOPEN: (StorageReason.UNAVAILABLE, "the file cannot be opened"),
    sqlite3.SQLITE_READONLY: (StorageReason.DENIED, "the file may not be written"),
    sqlite3.SQLITE_PERM: (StorageReason.DENIED, "the file may not be opened"),
    sqlite3.SQLITE_CORRUPT: (StorageReason.CORRUPT, "the file is damaged: restore the latest backup"),
    sqlite3.SQLITE_NOTADB: (StorageReason.CORRUPT, "the file is not a database: restore the latest backup"),
}
_PRIMARY_CODE = 0xFF


@contextlib.contextmanager
def failures(doing: str) -> Iterator[None]:
    """Turn SQLite's and the operating system's errors into StorageError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        reason, words = _REASONS.get(code, (StorageReason.UNAVAILABLE, "unexpected"))
        raise StorageError(reason, f"{doing}: {words} ({error})") from error
    except OSError as error:
        reasons = {errno.ENOSPC: StorageReason.FULL, errno.EACCES: StorageReason.DENIED}
        reason = reasons.get(error.errno or 0, StorageReason.UNAVAILABLE)
        raise StorageError(reason, f"{doing}: {error}") from error
