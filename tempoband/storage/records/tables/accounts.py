"""Accounts, and everything that lets somebody in: sessions, tokens, invitations, recovery codes, attempts.

No key is kept: only digests of keys, and the authenticator's seed sealed under the server's secret.
"""

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tempoband.storage.records.tables.base import Base, Id, Json, Key, Line, Micros, OfClinic, Prose, Word


class AccountRow(OfClinic, Base):
    """Somebody who may log in; a wearer's account has no log-in name and no password."""

    __tablename__ = "accounts"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        Index("uq_accounts_login", "login", unique=True),  # over all clinics: a log-in names its clinic
        Index("uq_accounts_person", "clinic_id", "person_id", unique=True),
    )

    id: Mapped[Key]
    role: Mapped[Word]
    name: Mapped[Line]
    login: Mapped[Line | None]
    person_id: Mapped[Id | None]
    password_hash: Mapped[Line | None]
    seed: Mapped[Prose | None]  # of the authenticator, sealed
    seed_offered: Mapped[Prose | None]  # shown as a QR code, not confirmed yet
    last_step: Mapped[Micros] = mapped_column(default=0)  # the time step of the last code used
    created_us: Mapped[Micros]
    disabled_us: Mapped[Micros | None]


class RecoveryCodeRow(OfClinic, Base):
    """A recovery code's digest; used ones are deleted."""

    __tablename__ = "recovery_codes"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "account_id"], ["accounts.clinic_id", "accounts.id"]),
        Index("ix_recovery_codes_account", "clinic_id", "account_id"),
    )

    code_digest: Mapped[Key]
    account_id: Mapped[Id]


class SessionRow(OfClinic, Base):
    """A browser that is logged in; deleted when it is logged off."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "account_id"], ["accounts.clinic_id", "accounts.id"]),
        Index("uq_sessions_key", "key_digest", unique=True),
        Index("uq_sessions_previous", "previous_digest", unique=True),
        Index("ix_sessions_account", "clinic_id", "account_id"),
    )

    id: Mapped[Key]
    account_id: Mapped[Id]
    key_digest: Mapped[Id]
    previous_digest: Mapped[Id | None]  # good until the browser has shown the new key
    rotated_us: Mapped[Micros]
    confirmed_us: Mapped[Micros | None]  # when it first showed the new key
    agent: Mapped[Word]  # such as "Firefox, Android"
    second_factor_us: Mapped[Micros | None]
    created_us: Mapped[Micros]
    seen_us: Mapped[Micros]
    idle_us: Mapped[Micros]  # how long it lives unused
    expires_us: Mapped[Micros]


class TokenRow(OfClinic, Base):
    """A program's token, limited to some of its account's actions."""

    __tablename__ = "tokens"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "account_id"], ["accounts.clinic_id", "accounts.id"]),
        Index("uq_tokens_key", "key_digest", unique=True),
        Index("ix_tokens_account", "clinic_id", "account_id"),
    )

    id: Mapped[Key]
    account_id: Mapped[Id]
    name: Mapped[Line]
    key_digest: Mapped[Id]
    scopes: Mapped[Json]  # {"actions": [...]}
    created_us: Mapped[Micros]
    used_us: Mapped[Micros | None]
    expires_us: Mapped[Micros]


class InvitationRow(OfClinic, Base):
    """A one-time way in: for a wearer's device, for new staff, or to a new password."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        ForeignKeyConstraint(["clinic_id", "account_id"], ["accounts.clinic_id", "accounts.id"]),
        Index("uq_invitations_key", "key_digest", unique=True),
    )

    id: Mapped[Key]
    role: Mapped[Word]
    name: Mapped[Line | None]
    person_id: Mapped[Id | None]
    account_id: Mapped[Id | None]  # an account that gets a new password
    key_digest: Mapped[Id]
    code_digest: Mapped[Id | None]  # a wearer's six digits, keyed with the server's secret
    attempts_left: Mapped[int]
    created_us: Mapped[Micros]
    expires_us: Mapped[Micros]
    by: Mapped[Id]


class AttemptRow(Base):
    """Failures in a row on one credential path; the path is a keyed digest, no address and no name."""

    __tablename__ = "attempts"

    path_digest: Mapped[Key]
    failures: Mapped[int]
    last_us: Mapped[Micros]
    shut_until_us: Mapped[Micros]


class ConsentRow(OfClinic, Base):
    """A wearer agreed to a text, possibly withdrew later; the text's digest says which words they were."""

    __tablename__ = "consents"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "person_id"], ["people.clinic_id", "people.id"]),
        UniqueConstraint("clinic_id", "person_id", "given_us"),
    )

    id: Mapped[Key]
    person_id: Mapped[Id]
    version: Mapped[Word]
    language: Mapped[Word]
    text_sha256: Mapped[Id]
    given_us: Mapped[Micros]
    withdrawn_us: Mapped[Micros | None]
    erasure_asked: Mapped[bool] = mapped_column(default=False)
