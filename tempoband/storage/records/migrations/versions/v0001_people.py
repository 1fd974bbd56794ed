"""Clinics, people, devices, programmes, prescriptions, references."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _clinics()
    _people()
    _devices()
    _assignments()
    _programmes()
    _prescriptions()
    _person_references()


def downgrade() -> None:
    """Drop the tables with what is in them."""
    for table in (
        "person_references",
        "prescriptions",
        "programmes",
        "assignments",
        "devices",
        "people",
        "clinics",
    ):
        op.drop_table(table)


def _clinics() -> None:
    clinics = op.create_table(
        "clinics",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinics")),
    )
    local = {"id": "local", "name": "This machine", "time_zone": "UTC", "created_us": time.time_ns() // 1000}
    op.bulk_insert(clinics, [local])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("archived_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_people_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_people")),
        sa.UniqueConstraint("clinic_id", "pseudonym", name=op.f("uq_people_clinic_id_pseudonym")),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("sensor", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("bridge", sa.String(length=64), nullable=True),
        sa.Column("driver", sa.String(length=64), nullable=False),
        sa.Column("calibration_id", sa.String(length=64), nullable=True),
        sa.Column("calibration", sa.JSON(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_devices_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "sensor", name=op.f("pk_devices")),
    )
    op.create_index("uq_devices_sensor", "devices", ["sensor"], unique=True)


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sensor", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("to_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_assignments_people")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "sensor"],
            ["devices.clinic_id", "devices.sensor"],
            name=op.f("fk_assignments_devices"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_assignments_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_assignments")),
    )
    op.create_index(
        "ix_assignments_sensor_from", "assignments", ["clinic_id", "sensor", "from_us"], unique=False
    )
    op.create_index(
        "uq_assignments_open",
        "assignments",
        ["clinic_id", "sensor"],
        unique=True,
        sqlite_where=sa.text("to_us IS NULL"),
        postgresql_where=sa.text("to_us IS NULL"),
    )


def _programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("archived_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_programmes_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_programmes")),
    )


def _prescriptions() -> None:
    op.create_table(
        "prescriptions",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("programme_id", sa.String(length=64), nullable=True),
        sa.Column("exercise", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("set_order", sa.String(length=32), nullable=False),
        sa.Column("sets", sa.Integer(), nullable=False),
        sa.Column("reps_lower", sa.Integer(), nullable=True),
        sa.Column("reps_upper", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=True),
        sa.Column("tempo", sa.String(length=64), nullable=False),
        sa.Column("concentric_s", sa.Double(), nullable=True),
        sa.Column("hold_s", sa.Double(), nullable=True),
        sa.Column("eccentric_s", sa.Double(), nullable=True),
        sa.Column("rest_phase_s", sa.Double(), nullable=True),
        sa.Column("rest_s", sa.Double(), nullable=True),
        sa.Column("days_per_week", sa.Integer(), nullable=True),
        sa.Column("weekdays", sa.JSON(), nullable=True),
        sa.Column("band_brand", sa.String(length=200), nullable=True),
        sa.Column("band_label", sa.String(length=200), nullable=True),
        sa.Column("placement", sa.String(length=64), nullable=True),
        sa.Column("ring_length_cm", sa.Double(), nullable=True),
        sa.Column("pain_limit", sa.Integer(), nullable=True),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=False),
        sa.Column("valid_to_us", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("sets >= 1", name=op.f("ck_prescriptions_sets")),
        sa.CheckConstraint(
            "valid_to_us IS NULL OR valid_to_us >= valid_from_us", name=op.f("ck_prescriptions_valid_range")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["people.clinic_id", "people.id"],
            name=op.f("fk_prescriptions_people"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "programme_id"],
            ["programmes.clinic_id", "programmes.id"],
            name=op.f("fk_prescriptions_programmes"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_prescriptions_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", "version", name=op.f("pk_prescriptions")),
    )
    op.create_index(
        "ix_prescriptions_person", "prescriptions", ["clinic_id", "person_id", "valid_from_us"], unique=False
    )


def _person_references() -> None:
    op.create_table(
        "person_references",
        sa.Column("clinic_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("sensor", sa.String(length=64), nullable=True),
        sa.Column("exercise", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("band_brand", sa.String(length=200), nullable=True),
        sa.Column("band_label", sa.String(length=200), nullable=True),
        sa.Column("placement", sa.String(length=64), nullable=True),
        sa.Column("ring_length_cm", sa.Double(), nullable=True),
        sa.Column("excursion_n", sa.Double(), nullable=False),
        sa.Column("peak_n", sa.Double(), nullable=False),
        sa.Column("floor_n", sa.Double(), nullable=True),
        sa.Column("measured_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("excursion_n > 0", name=op.f("ck_person_references_excursion")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["people.clinic_id", "people.id"],
            name=op.f("fk_person_references_people"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_person_references_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_person_references")),
    )
    op.create_index(
        "ix_person_references_person",
        "person_references",
        ["clinic_id", "person_id", "exercise", "side", "measured_us"],
        unique=False,
    )
