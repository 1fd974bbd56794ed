"""Scoring cursors: how far a worker has followed the store's commits."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from tempoband.storage.records.tables.base import Base, Key, Micros


class ScoringCursorRow(Base):
    """The one row without a clinic: it counts commits of a store, nobody's data."""

    __tablename__ = "scoring_cursors"

    worker: Mapped[Key]
    position: Mapped[int] = mapped_column(BigInteger())
    moved_us: Mapped[Micros]
