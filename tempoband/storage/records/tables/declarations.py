"""Set declarations: what a person said about a stretch of the curve (OpenSet of the design)."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import Side
from tempoband.storage.records.tables.base import Base, Id, Key, Micros, OfClinic, Word


class SetDeclarationRow(OfClinic, Base):
    """A told set: its id is also the id of the scored set; one may be open per sensor."""

    __tablename__ = "set_declarations"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        ForeignKeyConstraint(
            ["clinic_id", "prescription_id", "prescription_version"],
            ["prescriptions.clinic_id", "prescriptions.id", "prescriptions.version"],
        ),
        ForeignKeyConstraint(
            ["clinic_id", "reference_id"], ["person_references.clinic_id", "person_references.id"]
        ),
        CheckConstraint("closed_us IS NULL OR closed_us >= opened_us", name="closed_after_opened"),
        Index(
            "uq_set_declarations_open",
            "clinic_id",
            "sensor",
            unique=True,
            sqlite_where=text("closed_us IS NULL"),
            postgresql_where=text("closed_us IS NULL"),
        ),
        Index("ix_set_declarations_sensor", "clinic_id", "sensor", "opened_us"),
    )

    id: Mapped[Key]
    sensor: Mapped[Id]
    person_id: Mapped[Id | None]
    exercise: Mapped[Word]
    side: Mapped[Side]
    direction: Mapped[Word | None]
    tempo: Mapped[Word | None]
    prescription_id: Mapped[Id | None]
    prescription_version: Mapped[int | None]
    reference_id: Mapped[Id | None]
    opened_us: Mapped[Micros]
    closed_us: Mapped[Micros | None]
    close_reason: Mapped[CloseReason | None]
    discarded_us: Mapped[Micros | None]
    hand_reps: Mapped[int | None]
    by: Mapped[Id]
