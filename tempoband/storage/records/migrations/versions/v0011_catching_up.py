"""Since when a home sends again what its clinic lost."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; nobody is at it."""
    op.add_column("bridges", sa.Column("catching_up_us", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("bridges", "catching_up_us")
