"""What all tables share: names of constraints, column types, the clinic of every row."""

import enum
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, BigInteger, Enum, ForeignKey, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Written constraint names let a migration find a constraint again on every database.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[str, mapped_column(String(64))]
Key = Annotated[str, mapped_column(String(64), primary_key=True)]
Word = Annotated[str, mapped_column(String(64))]
Line = Annotated[str, mapped_column(String(200))]
Prose = Annotated[str, mapped_column(Text())]
Micros = Annotated[int, mapped_column(BigInteger())]  # UTC microseconds
Json = dict[str, Any]


def _values(members: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in members]


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        # Words, not a database enum: a new word then needs no migration.
        enum.Enum: Enum(enum.Enum, native_enum=False, length=32, values_callable=_values),
        dict[str, Any]: JSON(),
        list[int]: JSON(),
        list[dict[str, Any]]: JSON(),
    }


class OfClinic:
    """A row that belongs to one clinic; the clinic leads the primary key, so no key crosses tenants."""

    clinic_id: Mapped[Key] = mapped_column(ForeignKey("clinics.id"), sort_order=-1)
