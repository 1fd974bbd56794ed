"""Bridges and homes: their credentials, how homes are paired, and what is agreed with each of them."""

from sqlalchemy import JSON, BigInteger, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from tempoband.contracts.topic_rules import Holder
from tempoband.storage.records.tables.base import Base, Id, Json, Key, Line, Micros, OfClinic, Prose, Word


class BridgeRow(OfClinic, Base):
    """A bridge or a home that may speak to this clinic's broker; its secret is kept as a hash only.

    Topics do not carry the clinic, so an id belongs to one clinic only.
    """

    __tablename__ = "bridges"
    __table_args__ = (Index("uq_bridges_id", "id", unique=True),)

    id: Mapped[Key]
    holder: Mapped[Holder]
    name: Mapped[Line]
    secret_hash: Mapped[Line]
    created_us: Mapped[Micros]
    created_by: Mapped[Id]
    revoked_us: Mapped[Micros | None]
    version: Mapped[Word | None]
    protocol: Mapped[int | None]
    refused: Mapped[Prose | None]  # why its last hello was refused
    last_seen_us: Mapped[Micros | None]
    online: Mapped[bool]
    waiting_frames: Mapped[int] = mapped_column(BigInteger())
    lost_samples: Mapped[int | None] = mapped_column(BigInteger())  # None: cannot be known
    catching_up_us: Mapped[Micros | None]  # since when it sends again what was lost here


class HomePersonRow(OfClinic, Base):
    """Whose home it is: a home writes and receives the records of these people only."""

    __tablename__ = "home_people"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "home_id"], ["bridges.clinic_id", "bridges.id"]),
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
    )

    home_id: Mapped[Key]
    person_id: Mapped[Key]


class PairingCodeRow(OfClinic, Base):
    """A six-digit code that pairs one home once; kept as a hash, gone with its time."""

    __tablename__ = "pairing_codes"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        Index("ix_pairing_codes_expires", "expires_us"),
    )

    id: Mapped[Key]
    code_hash: Mapped[Line]
    person_id: Mapped[Id]
    created_us: Mapped[Micros]
    created_by: Mapped[Id]
    expires_us: Mapped[Micros]
    used_us: Mapped[Micros | None]


class SyncRow(OfClinic, Base):
    """How one document stands between this side and ``peer``; digests are SHA-256 of its canonical bytes."""

    __tablename__ = "sync_documents"

    peer: Mapped[Key]
    kind: Mapped[Key]
    key: Mapped[Key]
    agreed: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # what both sides had last
    local: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # what this side has
    local_us: Mapped[Micros]  # when this side noticed its change


class ConflictRow(OfClinic, Base):
    """One document that was changed on both sides: what was kept, and what was not."""

    __tablename__ = "sync_conflicts"
    __table_args__ = (Index("ix_sync_conflicts_peer", "clinic_id", "peer", "at_us"),)

    id: Mapped[Key]
    peer: Mapped[Id]
    kind: Mapped[Word]
    key: Mapped[Id]
    person_id: Mapped[Id | None]
    at_us: Mapped[Micros]
    kept: Mapped[Word]  # home or clinic
    winner: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))
    loser: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))
    seen_us: Mapped[Micros | None]
    seen_by: Mapped[Id | None]


class HomeOrderRow(OfClinic, Base):
    """What a home is to do, such as to erase a person; it is sent until the home says that it is done."""

    __tablename__ = "home_orders"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "home_id"], ["bridges.clinic_id", "bridges.id"]),
        Index("ix_home_orders_home", "clinic_id", "home_id", "created_us"),
    )

    id: Mapped[Key]
    home_id: Mapped[Id]
    kind: Mapped[Word]
    body: Mapped[Json]
    created_us: Mapped[Micros]
    created_by: Mapped[Id]
    done_us: Mapped[Micros | None]
    outcome: Mapped[Prose | None]
