"""The database behind the records: SQLite beside the program, or PostgreSQL."""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records.errors import invalid
from tempoband.words.phrases import phrased

_BUSY_TIMEOUT_MS = 10_000
WRITING = "tempoband_writing"


def _dump(value: Any) -> str:
    # Never a NaN: PostgreSQL and browsers refuse it, so it must not get in through SQLite either.
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise invalid(phrased("the records cannot keep this: {why}", why=str(error))) from error


# Parameters are people's data: they stay out of error messages, and so out of logs.
_COMMON: dict[str, Any] = {"json_serializer": _dump, "hide_parameters": True}


def make_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://...``.

    Raises:
        StorageError: MISCONFIGURED, for a URL that names neither.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(parsed, **_COMMON, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return sa.create_engine(parsed, **_COMMON, pool_pre_ping=True)


def reading(engine: Engine) -> Engine:
    """The same database for reading only: every query of a transaction sees one and the same state."""
    if engine.dialect.name != "postgresql":
        return engine  # a transaction in SQLite's WAL mode is a snapshot anyway
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _parse(url: str) -> URL:
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError as error:
        raise StorageError(StorageReason.MISCONFIGURED, "the records URL cannot be read") from error
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StorageError(
            StorageReason.MISCONFIGURED, f"records live in SQLite or PostgreSQL, not in {backend!r}"
        )
    return parsed


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling leaves DDL outside and delays BEGIN: we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # Erased means erased: deleted rows are overwritten with zeros.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns writer in mid-transaction fails at once; a writer that says so waits its turn.
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
