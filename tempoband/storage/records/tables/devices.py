"""Devices: the sensors, and who wears which when."""

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from tempoband.storage.records.tables.base import Base, Id, Json, Key, Line, Micros, OfClinic, Word


class DeviceRow(OfClinic, Base):
    """A sensor a clinic knows; a sensor belongs to one clinic only."""

    __tablename__ = "devices"
    __table_args__ = (Index("uq_devices_sensor", "sensor", unique=True),)

    sensor: Mapped[Key]
    name: Mapped[Line]
    bridge: Mapped[Word | None]
    driver: Mapped[Word]
    calibration_id: Mapped[Word | None]
    calibration: Mapped[Json | None]
    created_us: Mapped[Micros]
    simulated: Mapped[bool | None]  # once told to be virtual, its samples stay marked


class AssignmentRow(OfClinic, Base):
    """A stretch of time in which one person wears one sensor; open while ``to_us`` is empty."""

    __tablename__ = "assignments"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        ForeignKeyConstraint(["clinic_id", "sensor"], ["devices.clinic_id", "devices.sensor"]),
        Index(
            "uq_assignments_open",
            "clinic_id",
            "sensor",
            unique=True,
            sqlite_where=text("to_us IS NULL"),
            postgresql_where=text("to_us IS NULL"),
        ),
        Index("ix_assignments_sensor_from", "clinic_id", "sensor", "from_us"),
    )

    id: Mapped[Key]
    sensor: Mapped[Id]
    person_id: Mapped[Id]
    from_us: Mapped[Micros]
    to_us: Mapped[Micros | None]
