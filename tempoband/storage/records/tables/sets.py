"""Sets, and their scores and reps: every revision stays beside the newest."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.storage.records.tables.base import Base, Id, Json, Key, Micros, OfClinic, Prose, Word


class SetRow(OfClinic, Base):
    """The newest state of a set; ``declared`` sets share the id of their declaration."""

    __tablename__ = "sets"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        ForeignKeyConstraint(
            ["clinic_id", "prescription_id", "prescription_version"],
            ["prescriptions.clinic_id", "prescriptions.id", "prescriptions.version"],
        ),
        CheckConstraint("ended_us >= started_us", name="ended_after_started"),
        Index("ix_sets_sensor_started", "clinic_id", "sensor", "started_us"),
        Index("ix_sets_person_started", "clinic_id", "person_id", "started_us"),
        Index("ix_sets_started", "clinic_id", "started_us"),
    )

    id: Mapped[Key]
    sensor: Mapped[Id]
    person_id: Mapped[Id | None]
    declared: Mapped[bool]
    exercise: Mapped[Word]
    kind: Mapped[ExerciseKind]
    side: Mapped[Side | None]
    direction: Mapped[Word | None]
    tempo: Mapped[Word | None]
    prescription_id: Mapped[Id | None]
    prescription_version: Mapped[int | None]
    started_us: Mapped[Micros]
    ended_us: Mapped[Micros]
    status: Mapped[SetStatus]
    close_reason: Mapped[CloseReason | None]
    coverage: Mapped[float | None]
    lost_samples: Mapped[int | None]
    revision: Mapped[int]
    discarded_us: Mapped[Micros | None]


class ScoreRow(OfClinic, Base):
    """One scoring of one set; ``result`` is the set part of ``SetScore.to_dict()``."""

    __tablename__ = "scores"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "set_id"], ["sets.clinic_id", "sets.id"], ondelete="CASCADE"),
    )

    set_id: Mapped[Key]
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scoring_version: Mapped[Word]
    status: Mapped[SetStatus]
    coverage: Mapped[float | None]
    scored_us: Mapped[Micros]
    started_us: Mapped[Micros]
    ended_us: Mapped[Micros]
    rep_count: Mapped[int]
    tut_s: Mapped[float | None]
    on_tempo_share: Mapped[float | None]
    on_tempo_reps: Mapped[int]
    judged_reps: Mapped[int]
    tempo_score: Mapped[float | None]
    eccentric_score: Mapped[float | None]
    sentence: Mapped[Prose]
    result: Mapped[Json]


class RepRow(OfClinic, Base):
    """One rep of one scoring; ``result`` is its entry in ``SetScore.to_dict()["reps"]``."""

    __tablename__ = "reps"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clinic_id", "set_id", "revision"],
            ["scores.clinic_id", "scores.set_id", "scores.revision"],
            ondelete="CASCADE",
        ),
    )

    set_id: Mapped[Key]
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    result: Mapped[Json]
