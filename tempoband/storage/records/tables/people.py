"""People: the wearers."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from tempoband.storage.records.tables.base import Base, Key, Line, Micros, OfClinic, Word


class PersonRow(OfClinic, Base):
    """A wearer; only this table holds a name, everything else the id."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("clinic_id", "pseudonym"),)

    id: Mapped[Key]
    display_name: Mapped[Line]
    pseudonym: Mapped[Word]  # what logs, exports and messages may carry
    created_us: Mapped[Micros]
    archived_us: Mapped[Micros | None]
    language: Mapped[Word | None]  # what is written to them is written in it; None: nobody said
