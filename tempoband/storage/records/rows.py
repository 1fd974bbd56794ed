"""From rows to frozen dataclasses: nothing bound to a session leaves the repositories."""

import uuid
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Delete
from sqlalchemy.orm import Session

T = TypeVar("T")


def record(kind: type[T], row: Any) -> T:
    """The dataclass ``kind`` from the row's attributes of the same names."""
    return kind(**{name: getattr(row, name) for name in _names(kind)})


def records(kind: type[T], rows: Iterable[Any]) -> list[T]:
    """One dataclass per row."""
    return [record(kind, row) for row in rows]


def values(item: Any) -> dict[str, Any]:
    """A dataclass's own fields, for a row of the same shape; nested values are left as they are."""
    return {name: getattr(item, name) for name in _names(type(item))}


def new_id() -> str:
    """A random id: rows made at home and at the clinic never collide."""
    return uuid.uuid4().hex


def deleted(session: Session, statement: Delete) -> int:
    """Delete, and tell how many rows it were: of two who use up the same row, one gets 1 and the other 0."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
