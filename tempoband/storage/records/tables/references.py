"""References: a person's own full range, so that a partial rep can be told."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from tempoband.contracts.exercise import Side
from tempoband.storage.records.tables.base import Base, Id, Key, Line, Micros, OfClinic, Word


class ReferenceRow(OfClinic, Base):
    """Three slow full-range reps; valid only for this band, placement and ring length."""

    __tablename__ = "person_references"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        CheckConstraint("excursion_n > 0", name="excursion"),
        Index("ix_person_references_person", "clinic_id", "person_id", "exercise", "side", "measured_us"),
    )

    id: Mapped[Key]
    person_id: Mapped[Id]
    sensor: Mapped[Id | None]
    exercise: Mapped[Word]
    side: Mapped[Side]
    band_brand: Mapped[Line | None]
    band_label: Mapped[Line | None]
    placement: Mapped[Word | None]
    ring_length_cm: Mapped[float | None]
    excursion_n: Mapped[float]
    peak_n: Mapped[float]
    floor_n: Mapped[float | None]
    measured_us: Mapped[Micros]
