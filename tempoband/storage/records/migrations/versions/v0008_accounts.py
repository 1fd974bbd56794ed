"""Accounts, sessions, tokens, invitations, attempts, consents; the audit cannot be changed any more."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TABLES = (
    "tokens",
    "sessions",
    "recovery_codes",
    "invitations",
    "consents",
    "accounts",
    "attempts",
)
_REFUSAL = "the audit is only added to"


def upgrade() -> None:
    """Make the tables, and lock the audit."""
    _attempts()
    _accounts()
    _consents()
    _invitations()
    _recovery_codes()
    _sessions()
    _tokens()
    for statement in _lock(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables with what is in them, and unlock the audit."""
    for statement in _unlock(op.get_bind().dialect.name):
        op.execute(statement)
    for table in _TABLES:
        op.drop_table(table)


def _lock(database: str) -> list[str]:
    if database == "sqlite":
        return [
            f"CREATE TRIGGER audit_no_{act} BEFORE {act} ON audit"
            f" BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            for act in ("update", "delete")
        ]
    change = "EXECUTE FUNCTION audit_is_added_to()"
    refuse = f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    return [
        f"CREATE FUNCTION audit_is_added_to() RETURNS trigger LANGUAGE plpgsql AS {refuse}",
        f"CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW {change}",
        f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT {change}",
    ]


def _unlock(database: str) -> list[str]:
    if database == "sqlite":
        return ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
    return [
        "DROP TRIGGER audit_no_truncate ON audit",
        "DROP TRIGGER audit_no_change ON audit",
        "DROP FUNCTION audit_is_added_to()",
    ]


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("path_digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("shut_until_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path_digest", name=op.f("pk_attempts")),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("login", sa.String(length=200), nullable=True),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("seed_offered", sa.Text(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("disabled_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_accounts_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_accounts_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_accounts")),
    )
    op.create_index("uq_accounts_login", "accounts", ["login"], unique=True)
    op.create_index("uq_accounts_person", "accounts", ["clinic_id", "person_id"], unique=True)


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("given_us", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_us", sa.BigInteger(), nullable=True),
        sa.Column("erasure_asked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_consents_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_consents_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_consents")),
        sa.UniqueConstraint(
            "clinic_id", "person_id", "given_us", name=op.f("uq_consents_clinic_id_person_id_given_us")
        ),
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("account_id", sa.String(length=64), nullable=True),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "account_id"],
            ["accounts.clinic_id", "accounts.id"],
            name=op.f("fk_invitations_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_invitations_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_invitations_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_invitations")),
    )
    op.create_index("uq_invitations_key", "invitations", ["key_digest"], unique=True)


def _recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "account_id"],
            ["accounts.clinic_id", "accounts.id"],
            name=op.f("fk_recovery_codes_accounts"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_recovery_codes_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "code_digest", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_account", "recovery_codes", ["clinic_id", "account_id"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=True),
        sa.Column("rotated_us", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_us", sa.BigInteger(), nullable=True),
        sa.Column("agent", sa.String(length=64), nullable=False),
        sa.Column("second_factor_us", sa.BigInteger(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.Column("idle_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "account_id"],
            ["accounts.clinic_id", "accounts.id"],
            name=op.f("fk_sessions_accounts"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_sessions_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_account", "sessions", ["clinic_id", "account_id"], unique=False)
    op.create_index("uq_sessions_key", "sessions", ["key_digest"], unique=True)
    op.create_index("uq_sessions_previous", "sessions", ["previous_digest"], unique=True)


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("used_us", sa.BigInteger(), nullable=True),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "account_id"],
            ["accounts.clinic_id", "accounts.id"],
            name=op.f("fk_tokens_accounts"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_tokens_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_tokens")),
    )
    op.create_index("ix_tokens_account", "tokens", ["clinic_id", "account_id"], unique=False)
    op.create_index("uq_tokens_key", "tokens", ["key_digest"], unique=True)
