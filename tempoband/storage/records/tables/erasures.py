"""Erasures: which stretches must not come back, and which of them are not done yet."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from tempoband.storage.records.tables.base import Base, Id, Key, Micros, OfClinic


class ErasureRow(OfClinic, Base):
    """A stretch of one sensor that somebody ordered to be erased; ``done_us`` is None while it is not."""

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint("end_us > start_us", name="stretch"),
        Index("ix_erasures_sensor", "sensor", "start_us"),
    )

    id: Mapped[Key]
    sensor: Mapped[Id]
    start_us: Mapped[Micros]
    end_us: Mapped[Micros]
    person_id: Mapped[Id | None]  # no foreign key: the person is gone
    by: Mapped[Id]
    ordered_us: Mapped[Micros]
    done_us: Mapped[Micros | None]
