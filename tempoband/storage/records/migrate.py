"""Alembic inside the package: bring a database to this program's version, refuse what is newer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from tempoband.storage.errors import StorageError, StorageReason

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x7E3B0BA4D  # any number that all our processes share


def upgrade(engine: Engine, to: str = "head") -> None:
    """Run the migrations that are missing, all in one transaction; several processes may try at once.

    Raises:
        StorageError: TOO_NEW, when the database was written by a newer program.
    """
    with _locked(engine) as connection:
        if _refuse_newer(connection) == head():
            return
        command.upgrade(_config(connection), to)


def downgrade(engine: Engine, to: str) -> None:
    """Undo migrations down to a version (``base`` for all), in one transaction."""
    with _locked(engine) as connection:
        _refuse_newer(connection)
        command.downgrade(_config(connection), to)


def check(engine: Engine) -> None:
    """See that the database is at this program's version.

    Raises:
        StorageError: TOO_NEW or MISCONFIGURED, with what to do.
    """
    with engine.connect() as connection:
        current = _refuse_newer(connection)
    if current != head():
        raise StorageError(
            StorageReason.MISCONFIGURED,
            f"the records are at version {current or 'none'}, this program needs {head()}:"
            " start the dashboard (or 'tempoband up') of this version once, it brings them up to date",
        )


def head() -> str:
    """The version this program knows."""
    return str(_script().get_current_head())


def current(engine: Engine) -> str | None:
    """The version of a database; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: Connection) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in _script().walk_revisions()}
    if found is not None and found not in known:
        raise StorageError(
            StorageReason.TOO_NEW,
            f"the records were written by a newer tempoband (version {found}, this one knows up to {head()}):"
            " update this program, or restore an older backup",
        )
    return found


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        yield connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(_SCRIPTS))
