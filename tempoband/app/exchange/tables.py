"""Every row of every table of the records, out and in again."""

import csv
import enum
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import JSON, Boolean, Float, Integer, Table, insert, select, text, update
from sqlalchemy.orm import Session

from tempoband.app.exchange.layout import Kind
from tempoband.storage.records.tables import Base

# Credentials stay where they are: seeds are sealed under this server's secret, hashes can be guessed at
# leisure, and an export is plain text. Bridges and homes are enrolled anew where it is imported.
CREDENTIALS = frozenset(
    {
        "accounts",
        "sessions",
        "tokens",
        "invitations",
        "recovery_codes",
        "attempts",
        "bridges",
        "pairing_codes",
    }
)
# What hangs on a bridge or home; positions in the old store's list of commits: the new one numbers its own.
OF_THIS_PLACE = frozenset({"home_people", "home_orders", "sync_documents", "scoring_cursors"})
NOT_MOVED = CREDENTIALS | OF_THIS_PLACE
MADE_BY_OPENING = frozenset({"clinics"})  # opening a database makes the local clinic: the imported row wins
Row = dict[str, Any]


def tables() -> list[Table]:
    """The tables to move, those that others refer to first."""
    return [table for table in Base.metadata.sorted_tables if table.name not in NOT_MOVED]


def rows(session: Session, table: Table) -> Iterator[Row]:
    """Every row by primary key, as plain JSON values."""
    for row in session.execute(select(table).order_by(*table.primary_key.columns)).mappings():
        yield {name: str(value) if isinstance(value, enum.Enum) else value for name, value in row.items()}


def write(session: Session, table: Table, kind: Kind, file: TextIO) -> int:
    """One row a line; returns rows written."""
    lines = rows(session, table)
    if kind is Kind.NDJSON:
        return sum(
            1 for row in lines if file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
        )
    writer = csv.writer(file)
    writer.writerow(table.columns.keys())
    # Every cell but a word is JSON, so that nothing, an empty word and a number stay different.
    return sum(1 for row in lines if writer.writerow([_cell(value) for value in row.values()]))


def read(path: Path, table: Table, kind: Kind) -> Iterator[Row]:
    """The rows of a file that ``write`` wrote.

    Raises:
        ValueError, KeyError: it is no such file.
    """
    with path.open(encoding="utf-8", newline="") as file:
        if kind is Kind.NDJSON:
            for line in file:
                yield json.loads(line)
            return
        for cells in csv.DictReader(file):
            yield {name: _value(cell, table.columns[name].type) for name, cell in cells.items()}


def keep(session: Session, table: Table, incoming: Iterable[Row]) -> tuple[int, int]:
    """Add rows that are not there; returns (added, different): a row that stands there otherwise stays."""
    keys = [column.name for column in table.primary_key.columns]
    known = {tuple(row[key] for key in keys): row for row in rows(session, table)}
    added = different = 0
    for row in incoming:
        identity = tuple(row[key] for key in keys)
        if identity not in known:
            session.execute(insert(table).values(**row))
            added += 1
        elif table.name in MADE_BY_OPENING:
            where = [table.columns[key] == row[key] for key in keys]
            session.execute(update(table).where(*where).values(**row))
        elif known[identity] != row:
            different += 1
    return added, different


def allow_any_order(session: Session) -> None:
    """Rows may refer to rows that follow; the database checks at the end of the transaction."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))


def _cell(value: object) -> str:
    return value if isinstance(value, str) and not _looks_like_json(value) else json.dumps(value)


def _looks_like_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _value(cell: str, kind: object) -> Any:
    try:
        value = json.loads(cell)
    except ValueError:
        return cell
    if isinstance(kind, Boolean | Integer | Float | JSON) or value is None or isinstance(value, str):
        return value
    return cell
