"""Clinics: the tenants."""

from sqlalchemy.orm import Mapped

from tempoband.storage.records.tables.base import Base, Key, Line, Micros, Word


class ClinicRow(Base):
    """A clinic; ``local`` is the one of a machine without accounts."""

    __tablename__ = "clinics"

    id: Mapped[Key]
    name: Mapped[Line]
    time_zone: Mapped[Word]  # IANA name: days and weeks are the clinic's own
    created_us: Mapped[Micros]
