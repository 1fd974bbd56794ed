"""Caseload: digests of sets, standings, alert rules, messages, the daily mail, sightings of sensors."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    _set_digests()
    _standings()
    _alert_rules()
    _messages()
    _daily_mails()
    _sightings()


def downgrade() -> None:
    """Drop the tables with what is in them."""
    for table in ("sightings", "daily_mails", "messages", "alert_rules", "standings", "set_digests"):
        op.drop_table(table)


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=False)


def _clinic(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f(f"fk_{table}_clinics"))


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))


def _set_digests() -> None:
    op.create_table(
        "set_digests",
        _id("clinic_id"),
        _id("set_id"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("snap_backs", sa.Integer(), nullable=False),
        sa.Column("releases", sa.Integer(), nullable=False),
        sa.Column("range_n", sa.Double(), nullable=True),
        sa.Column("back_s", sa.Double(), nullable=True),
        sa.Column("load_n_s", sa.Double(), nullable=False),
        sa.Column("shapes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "set_id"],
            ["sets.clinic_id", "sets.id"],
            name=op.f("fk_set_digests_sets"),
            ondelete="CASCADE",
        ),
        _clinic("set_digests"),
        _key("set_digests", "clinic_id", "set_id"),
    )


def _standings() -> None:
    op.create_table(
        "standings",
        _id("clinic_id"),
        _id("person_id"),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("seen_changes", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["people.clinic_id", "people.id"],
            name=op.f("fk_standings_people"),
            ondelete="CASCADE",
        ),
        _clinic("standings"),
        _key("standings", "clinic_id", "person_id"),
    )


def _alert_rules() -> None:
    op.create_table(
        "alert_rules",
        _id("clinic_id"),
        _id("rule"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        _id("by"),
        _clinic("alert_rules"),
        _key("alert_rules", "clinic_id", "rule"),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        _id("clinic_id"),
        _id("id"),
        _id("person_id"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_us", sa.BigInteger(), nullable=False),
        _id("by"),
        sa.Column("read_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"], ["people.clinic_id", "people.id"], name=op.f("fk_messages_people")
        ),
        _clinic("messages"),
        _key("messages", "clinic_id", "id"),
    )
    op.create_index("ix_messages_person", "messages", ["clinic_id", "person_id", "sent_us"], unique=False)


def _daily_mails() -> None:
    op.create_table(
        "daily_mails",
        _id("clinic_id"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.String(length=64), nullable=True),
        sa.Column("last_sent_us", sa.BigInteger(), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=True),
        _clinic("daily_mails"),
        _key("daily_mails", "clinic_id"),
    )


def _sightings() -> None:
    op.create_table(
        "sightings",
        _id("clinic_id"),
        _id("sensor"),
        sa.Column("heard_us", sa.BigInteger(), nullable=False),
        sa.Column("battery_percent", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "sensor"],
            ["devices.clinic_id", "devices.sensor"],
            name=op.f("fk_sightings_devices"),
            ondelete="CASCADE",
        ),
        _clinic("sightings"),
        _key("sightings", "clinic_id", "sensor"),
    )
