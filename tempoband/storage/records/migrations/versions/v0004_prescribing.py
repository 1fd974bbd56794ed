"""Prescriptions get the rule of their advice and a line for the wearer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; both stay empty in old prescriptions."""
    op.add_column("prescriptions", sa.Column("progression", sa.String(length=32), nullable=True))
    op.add_column("prescriptions", sa.Column("cue", sa.String(length=200), nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("prescriptions", "cue")
    op.drop_column("prescriptions", "progression")
