"""Bridges and homes: credentials, pairing, what is agreed with each home."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
    _bridges()
    _home_people()
    _pairing_codes()
    _sync_documents()
    _sync_conflicts()
    _home_orders()


def downgrade() -> None:
    """Drop the tables with what is in them."""
    for table in (
        "home_orders",
        "sync_conflicts",
        "sync_documents",
        "pairing_codes",
        "home_people",
        "bridges",
    ):
        op.drop_table(table)


def _bridges() -> None:
    op.create_table(
        "bridges",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.String(length=200), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("revoked_us", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("protocol", sa.Integer(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("last_seen_us", sa.BigInteger(), nullable=True),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("waiting_frames", sa.BigInteger(), nullable=False),
        sa.Column("lost_samples", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_bridges_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_bridges")),
    )
    op.create_index("uq_bridges_id", "bridges", ["id"], unique=True)


def _home_people() -> None:
    op.create_table(
        "home_people",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("home_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "home_id"], ["bridges.clinic_id", "bridges.id"], name=op.f("fk_home_people_bridges")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_home_people_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_home_people_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "home_id", "person_id", name=op.f("pk_home_people")),
    )


def _pairing_codes() -> None:
    op.create_table(
        "pairing_codes",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("used_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["people.clinic_id", "people.id"],
            name=op.f("fk_pairing_codes_people"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_pairing_codes_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_pairing_codes")),
    )
    op.create_index("ix_pairing_codes_expires", "pairing_codes", ["expires_us"], unique=False)


def _sync_documents() -> None:
    op.create_table(
        "sync_documents",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("agreed", sa.LargeBinary(length=32), nullable=True),
        sa.Column("local", sa.LargeBinary(length=32), nullable=True),
        sa.Column("local_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_sync_documents_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "peer", "kind", "key", name=op.f("pk_sync_documents")),
    )


def _sync_conflicts() -> None:
    op.create_table(
        "sync_conflicts",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.String(length=64), nullable=False),
        sa.Column("winner", sa.JSON(), nullable=True),
        sa.Column("loser", sa.JSON(), nullable=True),
        sa.Column("seen_us", sa.BigInteger(), nullable=True),
        sa.Column("seen_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_sync_conflicts_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_sync_conflicts")),
    )
    op.create_index("ix_sync_conflicts_peer", "sync_conflicts", ["clinic_id", "peer", "at_us"], unique=False)


def _home_orders() -> None:
    op.create_table(
        "home_orders",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("home_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("done_us", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "home_id"], ["bridges.clinic_id", "bridges.id"], name=op.f("fk_home_orders_bridges")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_home_orders_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_home_orders")),
    )
    op.create_index(
        "ix_home_orders_home", "home_orders", ["clinic_id", "home_id", "created_us"], unique=False
    )
