"""People and the daily mail have a language; a virtual sensor stays known as one."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; empty where nobody said."""
    op.add_column("people", sa.Column("language", sa.String(length=64), nullable=True))
    op.add_column("daily_mails", sa.Column("language", sa.String(length=64), nullable=True))
    op.add_column("devices", sa.Column("simulated", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("devices", "simulated")
    op.drop_column("daily_mails", "language")
    op.drop_column("people", "language")
