"""Self-reports, notes, alerts, recordings, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    _self_reports()
    _notes()
    _alerts()
    _recordings()
    _audit()


def downgrade() -> None:
    """Drop the tables with what is in them."""
    for table in ("audit", "recordings", "alerts", "notes", "self_reports"):
        op.drop_table(table)


def _self_reports() -> None:
    op.create_table(
        "self_reports",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("set_id", sa.String(length=64), nullable=True),
        sa.Column("pain", sa.Integer(), nullable=True),
        sa.Column("effort_cr10", sa.Double(), nullable=True),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "effort_cr10 IS NULL OR (effort_cr10 >= 0 AND effort_cr10 <= 11)",
            name=op.f("ck_self_reports_effort"),
        ),
        sa.CheckConstraint(
            "pain IS NOT NULL OR effort_cr10 IS NOT NULL", name=op.f("ck_self_reports_says_something")
        ),
        sa.CheckConstraint("pain IS NULL OR (pain >= 0 AND pain <= 10)", name=op.f("ck_self_reports_pain")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_self_reports_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_self_reports_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_self_reports")),
    )
    op.create_index(
        "ix_self_reports_person", "self_reports", ["clinic_id", "person_id", "at_us"], unique=False
    )


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("set_id", sa.String(length=64), nullable=True),
        sa.Column("about_us", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_notes_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_notes_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_person", "notes", ["clinic_id", "person_id", "written_us"], unique=False)


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("raised_us", sa.BigInteger(), nullable=False),
        sa.Column("snoozed_until_us", sa.BigInteger(), nullable=True),
        sa.Column("settled_us", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_alerts_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_alerts_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_state", "alerts", ["clinic_id", "state", "raised_us"], unique=False)


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sensor", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_recordings_people")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_recordings_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_recordings")),
    )
    op.create_index("ix_recordings_sensor", "recordings", ["clinic_id", "sensor", "started_us"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=True),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_audit_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["clinic_id", "at_us"], unique=False)
    op.create_index("ix_audit_person", "audit", ["clinic_id", "person_id", "at_us"], unique=False)
