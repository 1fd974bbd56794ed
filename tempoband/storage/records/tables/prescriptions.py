"""Prescriptions and programmes: what was asked for, each version kept for good."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from tempoband.contracts.exercise import Side
from tempoband.storage.records.tables.base import Base, Id, Key, Line, Micros, OfClinic, Word
from tempoband.storage.records.words import Mode, Progression, SetOrder


class PrescriptionRow(OfClinic, Base):
    """One version of one prescribed exercise; a set is judged by the version it was done under."""

    __tablename__ = "prescriptions"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        ForeignKeyConstraint(["clinic_id", "programme_id"], ["programmes.clinic_id", "programmes.id"]),
        CheckConstraint("valid_to_us IS NULL OR valid_to_us >= valid_from_us", name="valid_range"),
        CheckConstraint("sets >= 1", name="sets"),
        Index("ix_prescriptions_person", "clinic_id", "person_id", "valid_from_us"),
    )

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[Id]
    programme_id: Mapped[Id | None]
    exercise: Mapped[Word]
    side: Mapped[Side]
    mode: Mapped[Mode]
    set_order: Mapped[SetOrder]
    sets: Mapped[int]
    reps_lower: Mapped[int | None]
    reps_upper: Mapped[int | None]
    seconds: Mapped[float | None]
    steps: Mapped[int | None]
    tempo: Mapped[Word]  # text form, order out-hold-back-rest
    concentric_s: Mapped[float | None]
    hold_s: Mapped[float | None]
    eccentric_s: Mapped[float | None]
    rest_phase_s: Mapped[float | None]
    rest_s: Mapped[float | None]  # between sets
    days_per_week: Mapped[int | None]
    weekdays: Mapped[list[int] | None]  # 0 = Monday; empty when any days will do
    band_brand: Mapped[Line | None]
    band_label: Mapped[Line | None]
    placement: Mapped[Word | None]
    ring_length_cm: Mapped[float | None]
    pain_limit: Mapped[int | None]
    valid_from_us: Mapped[Micros]
    valid_to_us: Mapped[Micros | None]
    created_by: Mapped[Id]
    progression: Mapped[Progression | None]
    cue: Mapped[Line | None]


class ProgrammeRow(OfClinic, Base):
    """A named group of exercises to prescribe together; ``items`` are drafts of prescriptions."""

    __tablename__ = "programmes"

    id: Mapped[Key]
    name: Mapped[Line]
    mode: Mapped[Mode]
    items: Mapped[list[dict[str, Any]]]
    created_us: Mapped[Micros]
    created_by: Mapped[Id]
    archived_us: Mapped[Micros | None]
