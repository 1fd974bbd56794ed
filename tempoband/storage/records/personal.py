"""Everything the records hold about one person, row by row: for the copy they may ask for."""

import enum
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import Session

from tempoband.storage.records.tables import Base

# What lets somebody in, or tells how two machines keep in step: nothing about the person.
LEFT_OUT: Final = frozenset({"accounts", "invitations", "pairing_codes"})
_HIDDEN: Final = frozenset({"clinic_id"})


def tables() -> list[Table]:
    """Every table with rows about a person, also those that are added later."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.name not in LEFT_OUT
        and (table.name == "people" or {"person_id", "set_id"} & set(table.columns.keys()))
    ]


def rows(session: Session, table: Table, clinic_id: str, person_id: str) -> Iterator[dict[str, Any]]:
    """The person's rows of one table, by primary key, as plain JSON values."""
    query = select(table).where(table.columns["clinic_id"] == clinic_id, _theirs(table, clinic_id, person_id))
    ordered = query.order_by(*table.primary_key.columns).execution_options(yield_per=500)
    for row in session.execute(ordered).mappings():
        yield {
            name: str(value) if isinstance(value, enum.Enum) else value
            for name, value in row.items()
            if name not in _HIDDEN
        }


def counts(session: Session, clinic_id: str, person_id: str) -> dict[str, int]:
    """How many rows each table holds about the person; tables without any are left out."""
    found = {}
    for table in tables():
        mine = table.columns["clinic_id"] == clinic_id
        query = select(func.count()).select_from(table).where(mine, _theirs(table, clinic_id, person_id))
        if number := session.scalar(query):
            found[table.name] = number
    return found


def _theirs(table: Table, clinic_id: str, person_id: str) -> ColumnElement[bool]:
    if table.name == "people":
        return table.columns["id"] == person_id
    if "person_id" in table.columns:
        return table.columns["person_id"] == person_id
    sets = Base.metadata.tables["sets"].columns
    theirs = select(sets["id"]).where(sets["clinic_id"] == clinic_id, sets["person_id"] == person_id)
    return table.columns["set_id"].in_(theirs)
