"""Migrations up and down, step by step, with data in every table."""

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from tempoband.storage.records import (
    Records,
    clinics,
    migrate,
    people,
)
from tempoband.storage.records.engine import WRITING, make_engine
from tempoband.storage.records.tables import (
    Base,
)
from tests.records.filling import fill
from tests.records.make import CLINIC

Dump = dict[str, list[dict[str, Any]]]
STEPS = [each.revision for each in ScriptDirectory(str(migrate._SCRIPTS)).walk_revisions()][::-1]


def writer(url: str) -> Engine:
    return make_engine(url).execution_options(**{WRITING: True})


def dump(engine: Engine) -> Dump:
    """Every row of every table but alembic's own; a column added later is not there while it is empty."""
    found: Dump = {}
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name != "alembic_version":
                rows = connection.execute(table.select()).mappings()
                told = [{name: value for name, value in row.items() if value is not None} for row in rows]
                found[table.name] = sorted(told, key=repr)
    return found


def test_fill_leaves_no_table_empty(records: Records) -> None:
    fill(records)
    full = dump(records._engine)
    assert set(full) == set(Base.metadata.tables)
    assert [name for name, rows in full.items() if not rows] == []


def test_down_and_up_again_keeps_what_the_older_version_knew(records: Records) -> None:
    fill(records)
    engine = records._writer
    before = dump(engine)
    for older in [*STEPS[:-1][::-1], "base"]:
        migrate.downgrade(engine, older)
        left = dump(engine)
        assert left == {name: before[name] for name in left}, f"down to {older}"
    assert left == {}
    for newer in STEPS:
        migrate.upgrade(engine, newer)
        assert migrate.current(engine) == newer
    assert set(dump(engine)) == set(before)


@pytest.mark.parametrize("step", range(len(STEPS) - 1))
def test_data_written_at_an_older_version_is_there_after_the_upgrade(records: Records, step: int) -> None:
    fill(records)
    engine = records._writer
    migrate.downgrade(engine, STEPS[step])
    before = dump(engine)
    migrate.upgrade(engine)
    after = dump(engine)
    assert {name: after[name] for name in before} == before
    with records.read() as session:
        assert [person.display_name for person in people.current(session, CLINIC)] == ["Ada"]


def test_a_migration_that_fails_changes_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = writer(empty_url)
    migrate.upgrade(engine, STEPS[0])
    before = dump(engine)

    class PowerCutError(Exception):
        pass

    def torn(*_: object, **__: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", torn)  # some tables of the next step exist by then
        with pytest.raises(PowerCutError):
            migrate.upgrade(engine)
    assert dump(engine) == before
    assert migrate.current(engine) == STEPS[0]
    migrate.upgrade(engine)
    assert set(dump(engine)) == set(Base.metadata.tables)
    engine.dispose()


def test_the_local_clinic_is_there_from_the_start(records: Records) -> None:
    with records.read() as session:
        assert [clinic.id for clinic in clinics.every(session)] == [CLINIC]
