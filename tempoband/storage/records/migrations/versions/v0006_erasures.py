"""Erasures: tombstones of stretches in the records, beside those of the samples."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "erasures",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sensor", sa.String(length=64), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("ordered_us", sa.BigInteger(), nullable=False),
        sa.Column("done_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("end_us > start_us", name=op.f("ck_erasures_stretch")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_erasures_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_sensor", "erasures", ["sensor", "start_us"], unique=False)


def downgrade() -> None:
    """Drop the table with what is in it."""
    op.drop_table("erasures")
