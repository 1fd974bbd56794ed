"""Which rows homes and clinics share, which side may write them, and how a row becomes a document.

The written rule for a row that both sides changed: the later change wins; of two at the same microsecond the
clinic's. Where only one side may write, that side wins.
"""

import enum
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tempoband.contracts.documents import Body, body_digest
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.storage.records import tables

LONGEST_TEXT = 16_000


class Side(enum.StrEnum):
    """Who speaks."""

    HOME = "home"
    CLINIC = "clinic"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document.

    Attributes:
        row: the table's class.
        writers: the sides that may change it.
        person: the column that says whose it is; None for a device.
        left_out: columns that do not travel.
        found_by_each: columns each side works out for itself from the samples: they travel, but a difference
            is no change.
        keys: the columns of the key, after the clinic.
        deletable: whether a deletion travels.
    """

    row: Any
    writers: frozenset[Side]
    person: str | None = "person_id"
    left_out: frozenset[str] = frozenset()
    found_by_each: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ("id",)
    deletable: bool = True

    @property
    def columns(self) -> dict[str, sa.Column[Any]]:
        """The columns that travel, by name; the key's own travel as the document's key."""
        return {
            column.name: column
            for column in self.row.__table__.columns
            if column.name not in {"clinic_id", *self.keys, *self.left_out}
        }


_HOME, _CLINIC = frozenset({Side.HOME}), frozenset({Side.CLINIC})
_BOTH = _HOME | _CLINIC
# In the order in which one needs the other.
KINDS: dict[str, Kind] = {
    "people": Kind(tables.PersonRow, _CLINIC, person="id", deletable=False),
    "prescriptions": Kind(
        tables.PrescriptionRow,
        _BOTH,
        left_out=frozenset({"programme_id"}),
        keys=("id", "version"),
        deletable=False,
    ),
    "devices": Kind(
        tables.DeviceRow,
        _HOME,
        person=None,
        left_out=frozenset({"bridge"}),
        keys=("sensor",),
        deletable=False,
    ),
    "assignments": Kind(tables.AssignmentRow, _HOME),
    "references": Kind(tables.ReferenceRow, _BOTH),
    "set_declarations": Kind(
        tables.SetDeclarationRow, _BOTH, found_by_each=frozenset({"closed_us", "close_reason"})
    ),
    "self_reports": Kind(tables.SelfReportRow, _BOTH),
    "felt_tempos": Kind(tables.FeltTempoRow, _BOTH),
    "self_tests": Kind(tables.SelfTestRow, _BOTH),
    "recordings": Kind(tables.RecordingRow, _HOME),
    "messages": Kind(tables.MessageRow, _BOTH, deletable=False),
    # A stretch that was erased at home is erased at the clinic too; the other way round it is an order.
    "erasures": Kind(
        tables.ErasureRow,
        _HOME,
        person=None,
        left_out=frozenset({"person_id"}),
        found_by_each=frozenset({"done_us"}),
        deletable=False,
    ),
}
BY_CLINIC = "clinic"
"""Who ordered an erasure at home, where the clinic did."""


def key_of(kind: Kind, row: Any) -> str:
    """The document's key for a row."""
    return ":".join(str(getattr(row, name)) for name in kind.keys)


def primary_key(kind: Kind, clinic_id: str, key: str) -> tuple[Any, ...]:
    """The row's key in its table.

    Raises:
        ContractError: a key that cannot be of this kind.
    """
    parts: list[Any] = key.split(":") if len(kind.keys) > 1 else [key]
    if len(parts) != len(kind.keys):
        raise ContractError(RejectReason.UNDECODABLE, f"key {key!r} has not {len(kind.keys)} parts")
    if len(kind.keys) > 1:
        if not parts[-1].isdecimal() or len(parts[-1]) > 9:
            raise ContractError(RejectReason.UNDECODABLE, f"key {key!r} ends in no version")
        parts[-1] = int(parts[-1])
    return (clinic_id, *parts)


def find(session: Session, kind: Kind, clinic_id: str, key: str) -> Any:
    """The row, or None."""
    return session.get(kind.row, primary_key(kind, clinic_id, key))


def body_of(kind: Kind, row: Any) -> Body:
    """What travels of a row."""
    return {name: _plain(getattr(row, name)) for name in kind.columns}


def digest_of(kind: Kind, body: Body | None) -> bytes | None:
    """What makes two versions the same."""
    if body is None:
        return None
    return body_digest({name: value for name, value in body.items() if name not in kind.found_by_each})


def checked(kind: Kind, body: Body) -> dict[str, Any]:
    """The columns of a body as the table wants them; columns that a newer version knows are left out.

    Raises:
        ContractError: a column is missing, or its value is none of its kind.
    """
    return {name: value_of(column, body) for name, column in kind.columns.items()}


def value_of(column: sa.Column[Any], body: Body) -> Any:
    """One column of a body as its table wants it.

    Raises:
        ContractError: it is missing, or its value is none of its kind.
    """
    if column.name not in body:
        if column.nullable or column.default is not None:
            return None
        raise ContractError(RejectReason.UNDECODABLE, f"{column.name} is missing")
    value = body[column.name]
    if value is None and column.nullable:
        return None
    if not _fits(column.type, value):
        raise ContractError(RejectReason.UNDECODABLE, f"{column.name} has a value of another kind")
    if isinstance(column.type, sa.Float | sa.Numeric):
        return float(value)
    members = column.type.enum_class if isinstance(column.type, sa.Enum) else None
    return value if members is None else members(value)


def _fits(kind: Any, value: Any) -> bool:
    if isinstance(kind, sa.Enum):
        return isinstance(value, str) and value in set(kind.enums)
    if isinstance(kind, sa.String):
        return isinstance(value, str) and len(value) <= (kind.length or LONGEST_TEXT) and "\x00" not in value
    if isinstance(kind, sa.BigInteger | sa.Integer):
        return type(value) is int and abs(value) < (2**63 if isinstance(kind, sa.BigInteger) else 2**31)
    if isinstance(kind, sa.Float | sa.Numeric):
        return type(value) in (int, float)
    return isinstance(value, bool) if isinstance(kind, sa.Boolean) else isinstance(kind, sa.JSON)


def _plain(value: Any) -> Any:
    return str(value.value) if isinstance(value, enum.Enum) else value
