"""Whatever bytes come: counted, never a crash, and who behaves is served on."""

import random

import cbor2
import pytest

from ingest.batch import Committer
from ingest.register import Register
from ingest.service import anyone
from ingest.sorting import Message, Sorter
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.documents import Document, encode_document
from tempoband.contracts.frame import encode_frame
from tempoband.contracts.homes import Hello
from tempoband.contracts.topic_rules import Holder
from tempoband.contracts.topics import OwnKind, UpKind, up
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import bridges, people
from tempoband.storage.timeseries.sqlite import SqliteStore
from tempoband.uplink.clinic.service import ClinicUplink, Heard
from tests.timeseries.making import make_frame
from tests.uplink.conftest import T0, enrol
from tests.uplink.pairs import HOME, Side

FEW, MANY = 3_000, 100_000
NOW_US = 1_790_000_000_000_000


def malformed(seed: int, templates: list[bytes], count: int):
    """Random bytes, good messages with bytes changed, cut or doubled, and CBOR and JSON of other shapes."""
    chance = random.Random(seed)
    shapes = [[], {}, 5, "x", None, {"v": 1}, {"v": 99}, [[[[]]]] * 3, {"kind": {}, "key": 1, "v": 1}]
    for _ in range(count):
        base = bytearray(chance.choice(templates))
        match chance.randrange(5):
            case 0:
                yield chance.randbytes(chance.randrange(200))
            case 1:
                for _ in range(chance.randrange(1, 6)):
                    base[chance.randrange(len(base))] = chance.randrange(256)
                yield bytes(base)
            case 2:
                yield bytes(base[: chance.randrange(len(base))])
            case 3:
                yield bytes(base) + chance.randbytes(chance.randrange(1, 50))
            case _:
                yield cbor2.dumps(chance.choice(shapes))


def to_ingest(tmp_path, count: int) -> None:
    register, store = Register(tmp_path / "register"), SqliteStore(tmp_path / "store")
    committer = Committer(store, register, Sorter(register.owner, anyone))
    good = encode_frame(make_frame("a" * 16, 0))
    payloads = list(malformed(1, [good], count))
    kinds = (UpKind.FRAMES, UpKind.BACKFILL, UpKind.LEDGER, UpKind.SENML)
    dealt_with = 0
    for at in range(0, count, 500):
        batch = [
            Message(up(HOME, "s", kinds[n % 4]), payload, NOW_US)
            for n, payload in enumerate(payloads[at : at + 500])
        ]
        outcome = committer.commit(batch)
        named = sum(len(r.rejected) + len(r.notes) for _, r in outcome.receipts)
        kept = sum(last - first + 1 for _, r in outcome.receipts for first, last in r.committed)
        assert named + kept > 0
        dealt_with += len(outcome.rejects)
    assert dealt_with > count * 0.8
    assert committer.commit([Message(up(HOME, "s", UpKind.FRAMES), good, NOW_US)]).samples in (0, 10)
    register.close()
    store.close()


def to_uplink(tmp_path, count: int) -> None:
    clinic = Side.at(tmp_path / "clinic")
    enrol(clinic.records, HOME, Holder.HOME)
    with clinic.records.write() as session:
        person = people.add(session, LOCAL_CLINIC, "Ada", now_us=T0).id
        bridges.move_in(session, LOCAL_CLINIC, HOME, person)
    uplink = ClinicUplink(MqttSettings(), clinic.records, clinic.store.mark_of)
    hello = Hello(home=HOME, version="1", protocol_min=1, protocol_max=1).encode()
    body = {"person_id": person, "set_id": None, "pain": 3, "effort_cr10": 2.0, "at_us": T0, "by": "w"}
    report = encode_document(Document("self_reports", "k", T0, None, body))
    kinds = [OwnKind.HELLO, OwnKind.STATUS, OwnKind.RECORDS, OwnKind.RECEIPTS]
    for n, payload in enumerate(malformed(2, [hello, report], count)):
        answers = uplink._work(Heard(HOME, kinds[n % len(kinds)], payload))
        assert isinstance(answers, list)
    assert uplink.malformed > count * 0.3
    [(_, answer)] = uplink._work(Heard(HOME, OwnKind.HELLO, hello))
    assert b'"ok":true' in answer
    clinic.close()


def test_ingest_counts_what_it_cannot_read_and_goes_on(tmp_path):
    to_ingest(tmp_path, FEW)


def test_the_uplink_counts_what_it_cannot_read_and_goes_on(tmp_path):
    to_uplink(tmp_path, FEW // 3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_malformed_messages(tmp_path):
    to_ingest(tmp_path / "ingest", MANY)
    to_uplink(tmp_path / "uplink", MANY)
