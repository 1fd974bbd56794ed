"""Online backup: a copy of the store while it is written to."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tempoband.storage.timeseries.sqlite.failures import failures

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


def _sync(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
