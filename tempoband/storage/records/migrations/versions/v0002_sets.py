"""Set declarations, sets, scores, reps, cursors."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    _set_declarations()
    _sets()
    _scores()
    _reps()
    _scoring_cursors()


def downgrade() -> None:
    """Drop the tables with what is in them."""
    for table in ("scoring_cursors", "reps", "scores", "sets", "set_declarations"):
        op.drop_table(table)


def _set_declarations() -> None:
    op.create_table(
        "set_declarations",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sensor", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("exercise", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=64), nullable=True),
        sa.Column("tempo", sa.String(length=64), nullable=True),
        sa.Column("prescription_id", sa.String(length=64), nullable=True),
        sa.Column("prescription_version", sa.Integer(), nullable=True),
        sa.Column("reference_id", sa.String(length=64), nullable=True),
        sa.Column("opened_us", sa.BigInteger(), nullable=False),
        sa.Column("closed_us", sa.BigInteger(), nullable=True),
        sa.Column("close_reason", sa.String(length=32), nullable=True),
        sa.Column("discarded_us", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "closed_us IS NULL OR closed_us >= opened_us",
            name=op.f("ck_set_declarations_closed_after_opened"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["people.clinic_id", "people.id"],
            name=op.f("fk_set_declarations_people"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "prescription_id", "prescription_version"],
            ["prescriptions.clinic_id", "prescriptions.id", "prescriptions.version"],
            name=op.f("fk_set_declarations_prescriptions"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "reference_id"],
            ["person_references.clinic_id", "person_references.id"],
            name=op.f("fk_set_declarations_person_references"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_set_declarations_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_set_declarations")),
    )
    op.create_index(
        "ix_set_declarations_sensor", "set_declarations", ["clinic_id", "sensor", "opened_us"], unique=False
    )
    op.create_index(
        "uq_set_declarations_open",
        "set_declarations",
        ["clinic_id", "sensor"],
        unique=True,
        sqlite_where=sa.text("closed_us IS NULL"),
        postgresql_where=sa.text("closed_us IS NULL"),
    )


def _sets() -> None:
    op.create_table(
        "sets",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sensor", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("exercise", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=True),
        sa.Column("direction", sa.String(length=64), nullable=True),
        sa.Column("tempo", sa.String(length=64), nullable=True),
        sa.Column("prescription_id", sa.String(length=64), nullable=True),
        sa.Column("prescription_version", sa.Integer(), nullable=True),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("close_reason", sa.String(length=32), nullable=True),
        sa.Column("coverage", sa.Double(), nullable=True),
        sa.Column("lost_samples", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("discarded_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ended_us >= started_us", name=op.f("ck_sets_ended_after_started")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_sets_people")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "prescription_id", "prescription_version"],
            ["prescriptions.clinic_id", "prescriptions.id", "prescriptions.version"],
            name=op.f("fk_sets_prescriptions"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_sets_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_sets")),
    )
    op.create_index("ix_sets_person_started", "sets", ["clinic_id", "person_id", "started_us"], unique=False)
    op.create_index("ix_sets_sensor_started", "sets", ["clinic_id", "sensor", "started_us"], unique=False)
    op.create_index("ix_sets_started", "sets", ["clinic_id", "started_us"], unique=False)


def _scores() -> None:
    op.create_table(
        "scores",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scoring_version", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("coverage", sa.Double(), nullable=True),
        sa.Column("scored_us", sa.BigInteger(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=False),
        sa.Column("rep_count", sa.Integer(), nullable=False),
        sa.Column("tut_s", sa.Double(), nullable=True),
        sa.Column("on_tempo_share", sa.Double(), nullable=True),
        sa.Column("on_tempo_reps", sa.Integer(), nullable=False),
        sa.Column("judged_reps", sa.Integer(), nullable=False),
        sa.Column("tempo_score", sa.Double(), nullable=True),
        sa.Column("eccentric_score", sa.Double(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "set_id"],
            ["sets.clinic_id", "sets.id"],
            name=op.f("fk_scores_sets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_scores_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "set_id", "revision", name=op.f("pk_scores")),
    )


def _reps() -> None:
    op.create_table(
        "reps",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "set_id", "revision"],
            ["scores.clinic_id", "scores.set_id", "scores.revision"],
            name=op.f("fk_reps_scores"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_reps_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "set_id", "revision", "position", name=op.f("pk_reps")),
    )


def _scoring_cursors() -> None:
    op.create_table(
        "scoring_cursors",
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("moved_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_scoring_cursors")),
    )
