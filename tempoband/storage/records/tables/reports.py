"""What people say and what is said about them: reports, guesses, self-tests, notes, alerts, recordings."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from tempoband.storage.records.tables.base import Base, Id, Json, Key, Line, Micros, OfClinic, Prose, Word
from tempoband.storage.records.words import AlertState


class SelfReportRow(OfClinic, Base):
    """Pain 0-10 (numeric rating scale) and effort (Borg CR10), as the wearer tapped them."""

    __tablename__ = "self_reports"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        CheckConstraint("pain IS NULL OR (pain >= 0 AND pain <= 10)", name="pain"),
        CheckConstraint("effort_cr10 IS NULL OR (effort_cr10 >= 0 AND effort_cr10 <= 11)", name="effort"),
        CheckConstraint("pain IS NOT NULL OR effort_cr10 IS NOT NULL", name="says_something"),
        Index("ix_self_reports_person", "clinic_id", "person_id", "at_us"),
    )

    id: Mapped[Key]
    person_id: Mapped[Id]
    set_id: Mapped[Id | None]
    pain: Mapped[int | None]
    effort_cr10: Mapped[float | None]
    at_us: Mapped[Micros]
    by: Mapped[Id]


class FeltTempoRow(OfClinic, Base):
    """How long a wearer thought the way back took, in a set without guide and curve, beside what it took."""

    __tablename__ = "felt_tempos"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        CheckConstraint("guess_s >= 0", name="guess"),
        Index("ix_felt_tempos_person", "clinic_id", "person_id", "at_us"),
    )

    id: Mapped[Key]
    person_id: Mapped[Id]
    set_id: Mapped[Id]
    guess_s: Mapped[float]
    measured_s: Mapped[float]
    prescribed_s: Mapped[float | None]
    at_us: Mapped[Micros]
    by: Mapped[Id]


class SelfTestRow(OfClinic, Base):
    """What somebody answered after a self-test; ``passed`` maps a side to yes or no."""

    __tablename__ = "self_tests"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        Index("ix_self_tests_person", "clinic_id", "person_id", "at_us"),
    )

    id: Mapped[Key]
    person_id: Mapped[Id]
    test: Mapped[Word]
    passed: Mapped[Json]
    note: Mapped[Prose]
    at_us: Mapped[Micros]
    by: Mapped[Id]


class NoteRow(OfClinic, Base):
    """A note about a person, possibly on one set or one moment."""

    __tablename__ = "notes"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        Index("ix_notes_person", "clinic_id", "person_id", "written_us"),
    )

    id: Mapped[Key]
    person_id: Mapped[Id]
    set_id: Mapped[Id | None]
    about_us: Mapped[Micros | None]
    body: Mapped[Prose]
    written_us: Mapped[Micros]
    by: Mapped[Id]


class AlertRow(OfClinic, Base):
    """A rule that fired for a person; ``detail`` holds the numbers behind the words."""

    __tablename__ = "alerts"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        Index("ix_alerts_state", "clinic_id", "state", "raised_us"),
    )

    id: Mapped[Key]
    person_id: Mapped[Id]
    rule: Mapped[Word]
    words: Mapped[Prose]
    detail: Mapped[Json]
    state: Mapped[AlertState]
    raised_us: Mapped[Micros]
    snoozed_until_us: Mapped[Micros | None]
    settled_us: Mapped[Micros | None]
    settled_by: Mapped[Id | None]


class RecordingRow(OfClinic, Base):
    """A stretch somebody marked on the Free screen: no exercise told, nothing scored."""

    __tablename__ = "recordings"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        Index("ix_recordings_sensor", "clinic_id", "sensor", "started_us"),
    )

    id: Mapped[Key]
    sensor: Mapped[Id]
    person_id: Mapped[Id | None]
    name: Mapped[Line]
    started_us: Mapped[Micros]
    ended_us: Mapped[Micros | None]
    by: Mapped[Id]
