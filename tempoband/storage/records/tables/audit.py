"""The audit: who saw or changed whose data. Rows are added, never changed."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from tempoband.storage.records.tables.base import Base, Id, Json, Key, Micros, OfClinic, Word


class AuditRow(OfClinic, Base):
    """One act; ``by`` and ``person_id`` are pseudonymous and outlive an erasure, so no foreign keys."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_at", "clinic_id", "at_us"),
        Index("ix_audit_person", "clinic_id", "person_id", "at_us"),
    )

    id: Mapped[Key]
    at_us: Mapped[Micros]
    by: Mapped[Id]
    role: Mapped[Word]
    action: Mapped[Word]
    resource: Mapped[Word]
    resource_id: Mapped[Id | None]
    person_id: Mapped[Id | None]
    detail: Mapped[Json | None]
