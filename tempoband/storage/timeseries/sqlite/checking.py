"""Whether a file is a whole and undamaged store."""

import sqlite3
from pathlib import Path

from tempoband.contracts.errors import ContractError
from tempoband.contracts.frame import decode_frame
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.sealed.block import verify
from tempoband.storage.timeseries.sqlite.failures import failures


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
