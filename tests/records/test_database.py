import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records import Records, RecordsError, people
from tempoband.storage.records.engine import WRITING, make_engine
from tempoband.storage.records.tables import Base
from tests.records.make import CLINIC, T0
from tests.records.postgres import PostgresServer


def test_the_migrations_make_exactly_the_tables(empty_url: str) -> None:
    Records(empty_url).close()
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_a_newer_database_is_refused_in_words(empty_url: str) -> None:
    Records(empty_url).close()
    engine = make_engine(empty_url).execution_options(**{WRITING: True})
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for owner in (True, False):
        with pytest.raises(StorageError, match="newer tempoband") as caught:
            Records(empty_url, owner=owner)
        assert caught.value.reason is StorageReason.TOO_NEW


def test_who_does_not_own_the_database_does_not_migrate_it(empty_url: str) -> None:
    with pytest.raises(StorageError, match="start the dashboard") as caught:
        Records(empty_url, owner=False)
    assert caught.value.reason is StorageReason.MISCONFIGURED
    Records(empty_url).close()
    Records(empty_url, owner=False).close()


def test_several_owners_may_open_at_once(empty_url: str) -> None:
    failures: list[Exception] = []

    def open_it() -> None:
        try:
            Records(empty_url).close()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_writers_wait_for_each_other(records: Records) -> None:
    with records.write() as session:
        person = people.add(session, CLINIC, "0", now_us=T0).id

    def count_up() -> None:
        for _ in range(20):
            with records.write() as session:
                locked = people.get(session, CLINIC, person)
                session.execute(text("UPDATE people SET created_us = created_us + 1"))
                people.rename(session, CLINIC, person, f"{locked.display_name}x"[-50:])

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with records.read() as session:
        assert people.get(session, CLINIC, person).created_us == T0 + 80


def test_a_reader_sees_one_state_while_others_write(records: Records) -> None:
    with records.read() as session:
        assert people.current(session, CLINIC) == []
        with records.write() as other:
            people.add(other, CLINIC, "Ada", now_us=T0)
        assert people.current(session, CLINIC) == []
    with records.read() as session:
        assert len(people.current(session, CLINIC)) == 1


def test_connections_that_were_cut_are_replaced(postgres: PostgresServer, migrated: str) -> None:
    assert migrated == "migrated"
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'migrated'"
    records = Records(postgres.url(migrated), owner=False)
    for _ in range(2):
        with records.read() as session:
            assert people.current(session, CLINIC) == []
        postgres.admin(cut)

    def torn() -> None:
        with records.read() as session:
            people.current(session, CLINIC)
            postgres.admin(cut)
            people.current(session, CLINIC)

    with pytest.raises(StorageError) as caught:
        torn()
    assert caught.value.reason is StorageReason.UNAVAILABLE
    records.close()


def test_a_server_that_is_away_is_said_so() -> None:
    with pytest.raises(StorageError) as caught:
        Records("postgresql://tempoband:hunter2@127.0.0.1:1/none")
    assert caught.value.reason is StorageReason.UNAVAILABLE
    assert "hunter2" not in str(caught.value)


def test_an_unknown_database_is_refused_without_its_password() -> None:
    with pytest.raises(StorageError, match="not in 'mysql'") as caught:
        Records("mysql://someone:hunter2@db/records")
    assert caught.value.reason is StorageReason.MISCONFIGURED
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StorageError) as caught:
        Records(f"sqlite:///{path}")
    assert caught.value.reason is StorageReason.CORRUPT


def test_sqlite_is_in_wal_mode_with_foreign_keys(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    records = Records(f"sqlite:///{path}")
    with records.read() as session:
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    records.close()


def test_an_error_quotes_nobodys_data(records: Records) -> None:
    with records.write() as session:
        people.add(session, CLINIC, "Ada Secretname", now_us=T0)
    with pytest.raises(RecordsError) as caught, records.write() as session:
        session.execute(text("INSERT INTO people SELECT * FROM people"))
    assert "Secretname" not in f"{caught.value} {caught.value.__cause__}".partition("DETAIL")[0]
    assert "Secretname" not in str(caught.value)
