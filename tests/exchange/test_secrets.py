"""No credential leaves with an export, nor with a person's copy: not one that is there, nor one to come."""

import re

import pytest

from tempoband.app.exchange.exporting import export
from tempoband.app.exchange.layout import Kind
from tempoband.app.exchange.tables import CREDENTIALS, tables
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.topic_rules import Holder
from tempoband.identity.secrets import hash_secret
from tempoband.storage.records import bridges, pairing, people, personal, sync
from tempoband.storage.records.bridges import Bridge
from tempoband.storage.records.pairing import PairingCode
from tempoband.storage.records.sync import Synced
from tempoband.storage.records.tables import Base
from tests.exchange.conftest import START_US

LOOKS_SECRET = re.compile(
    r"secret|hash|digest|password|passphrase|seed|salt|token|credential|private|cipher"
    r"|sha256|(^|_)(code|pin|otp|totp|key)(_|$)|api_?key|bearer"
)
HARMLESS = {
    ("consents", "text_sha256"),  # of the text that everybody agrees to
    ("sync_conflicts", "key"),  # which row
}


def secret_columns() -> dict[str, list[str]]:
    found = {
        table.name: [
            column.name
            for column in table.columns
            if LOOKS_SECRET.search(column.name) and (table.name, column.name) not in HARMLESS
        ]
        for table in Base.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


def test_the_look_of_a_secret_finds_those_that_are_known():
    found = secret_columns()
    for table, column in [
        ("accounts", "password_hash"), ("accounts", "seed"), ("sessions", "key_digest"),
        ("tokens", "key_digest"), ("invitations", "code_digest"), ("recovery_codes", "code_digest"),
        ("bridges", "secret_hash"), ("pairing_codes", "code_hash"),
    ]:  # fmt: skip
        assert column in found[table]
    assert LOOKS_SECRET.search("webhook_secret")
    assert LOOKS_SECRET.search("api_key")


def test_no_column_that_looks_secret_is_exported():
    """A new one has to be left out, or named here with the reason why it is none."""
    assert {table.name for table in tables()} & set(secret_columns()) == set()
    assert {table.name for table in personal.tables()} & set(secret_columns()) == set()
    assert set(Base.metadata.tables) >= CREDENTIALS  # no word in the list is stale


@pytest.mark.parametrize("kind", Kind)
def test_a_clinic_with_homes_is_exported_without_what_lets_them_in(source, open_place, tmp_path, kind):
    _, records = source
    secret, code = hash_secret("a secret of a home"), hash_secret("123456")
    with records.write() as session:
        person = people.add(session, LOCAL_CLINIC, "Ada", now_us=START_US).id
        bridges.enrol(session, LOCAL_CLINIC, Bridge("home-1", Holder.HOME, "Home", secret, START_US, "p"))
        bridges.move_in(session, LOCAL_CLINIC, "home-1", person)
        issued = PairingCode("c", code, person, START_US, "p", START_US + 1)
        pairing.issue(session, LOCAL_CLINIC, issued)
        sync.keep(session, LOCAL_CLINIC, Synced("home-1", "people", person, b"1" * 32, b"1" * 32))
    export(*source, tmp_path / "out", kind)
    from tempoband.app.exchange.importing import import_

    assert import_(*open_place("target"), tmp_path / "out").different == 0
    for path in (tmp_path / "out").rglob("*"):
        text = path.read_text() if path.is_file() else ""
        assert secret not in text
        assert code not in text
    assert person in (tmp_path / "out" / "records" / f"people.{kind}").read_text()
