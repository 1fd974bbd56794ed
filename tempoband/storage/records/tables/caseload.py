"""What the caseload is made of: digests of sets, standings of people, rules, messages, the daily mail."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from tempoband.storage.records.tables.base import Base, Id, Json, Key, Line, Micros, OfClinic, Prose, Word


class SetDigestRow(OfClinic, Base):
    """What lists and trends need of a finished set, so that they never read its curve; can be rebuilt."""

    __tablename__ = "set_digests"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "set_id"], ["sets.clinic_id", "sets.id"], ondelete="CASCADE"),
    )

    set_id: Mapped[Key]
    revision: Mapped[int]
    snap_backs: Mapped[int]
    releases: Mapped[int]
    range_n: Mapped[float | None]  # median excursion of the reps without a range fault
    back_s: Mapped[float | None]  # median seconds of the way back
    load_n_s: Mapped[float]  # tension over time, summed over the reps
    shapes: Mapped[Json]  # each rep on one length: see ``analytics.coaching.rep_shape``


class StandingRow(OfClinic, Base):
    """A person's row of the caseload as computed last; stale when ``changes`` or ``basis`` moved on."""

    __tablename__ = "standings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], ondelete="CASCADE"
        ),
    )

    person_id: Mapped[Key]
    changes: Mapped[int]  # rises with every change of what it is computed from
    seen_changes: Mapped[int | None]  # the count that ``document`` is made of; None before the first time
    basis: Mapped[Line]  # local day, zone, rules: what it depends on besides
    document: Mapped[Json]


class AlertRuleRow(OfClinic, Base):
    """A rule as a clinic has changed it; what is not here is as it comes."""

    __tablename__ = "alert_rules"

    rule: Mapped[Key]
    enabled: Mapped[bool]
    limits: Mapped[Json]
    changed_us: Mapped[Micros]
    by: Mapped[Id]


class MessageRow(OfClinic, Base):
    """A message from the physio to a wearer."""

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        Index("ix_messages_person", "clinic_id", "person_id", "sent_us"),
    )

    id: Mapped[Key]
    person_id: Mapped[Id]
    body: Mapped[Prose]
    sent_us: Mapped[Micros]
    by: Mapped[Id]
    read_us: Mapped[Micros | None]


class DailyMailRow(OfClinic, Base):
    """Who gets the daily mail of a clinic, and when it was last sent."""

    __tablename__ = "daily_mails"

    enabled: Mapped[bool]
    recipients: Mapped[Json]  # {"to": [address, ...]}
    hour: Mapped[int]  # of the clinic's local day
    last_day: Mapped[Word | None]  # local day it was last sent for
    last_sent_us: Mapped[Micros | None]
    trouble: Mapped[Line | None]
    language: Mapped[Word | None]


class SightingRow(OfClinic, Base):
    """When a sensor was last heard, and its battery then."""

    __tablename__ = "sightings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clinic_id", "sensor"], ["devices.clinic_id", "devices.sensor"], ondelete="CASCADE"
        ),
    )

    sensor: Mapped[Key]
    heard_us: Mapped[Micros]
    battery_percent: Mapped[int | None]
