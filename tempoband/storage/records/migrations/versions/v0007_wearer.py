"""What a wearer tells beyond the curve: reps counted by hand, guesses of a blind set, self-tests."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("set_declarations", sa.Column("hand_reps", sa.Integer(), nullable=True))
    _felt_tempos()
    _self_tests()


def downgrade() -> None:
    """Drop them with what is in them."""
    for table in ("self_tests", "felt_tempos"):
        op.drop_table(table)
    op.drop_column("set_declarations", "hand_reps")


def _felt_tempos() -> None:
    op.create_table(
        "felt_tempos",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("guess_s", sa.Double(), nullable=False),
        sa.Column("measured_s", sa.Double(), nullable=False),
        sa.Column("prescribed_s", sa.Double(), nullable=True),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("guess_s >= 0", name=op.f("ck_felt_tempos_guess")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_felt_tempos_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_felt_tempos_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_felt_tempos")),
    )
    op.create_index("ix_felt_tempos_person", "felt_tempos", ["clinic_id", "person_id", "at_us"], unique=False)


def _self_tests() -> None:
    op.create_table(
        "self_tests",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("test", sa.String(length=64), nullable=False),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_self_tests_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_self_tests_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_self_tests")),
    )
    op.create_index("ix_self_tests_person", "self_tests", ["clinic_id", "person_id", "at_us"], unique=False)
