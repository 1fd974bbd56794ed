"""Frames of a bridge that is not enrolled, or speaks for a sensor of another clinic, are kept apart."""

from collections.abc import Callable

import pytest

from ingest.batch import Committer
from ingest.enrolment import Enrolment
from ingest.register import Register
from ingest.sorting import Message, Sorter
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import encode_frame
from tempoband.contracts.topic_rules import Holder
from tempoband.contracts.topics import UpKind, up
from tempoband.storage.records import bridges, clinics, devices
from tempoband.storage.records.bridges import Bridge
from tempoband.storage.records.devices import Device
from tests.timeseries.making import SENSOR, make_frame

LATER_S = 5.0


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(tmp_path):
    opened = Register(tmp_path / "register")
    yield opened
    opened.close()


@pytest.fixture
def commit(register, store, records, clock) -> Callable:
    allowed = Enrolment(records, ["own"], clock)
    committer = Committer(store, register, Sorter(register.owner, allowed))

    def send(bridge: str, seq: int, stream: str = "a" * 16):
        frame = make_frame(stream, seq)
        return committer.commit(
            [Message(up(bridge, SENSOR, UpKind.FRAMES), encode_frame(frame), frame.end_us)]
        )

    return send


def enrol(records, name: str, clinic: str = LOCAL_CLINIC) -> None:
    with records.write() as session:
        clinics.ensure(session, clinic, clinic, now_us=1)
        bridges.enrol(session, clinic, Bridge(name, Holder.BRIDGE, name, "hash", 1, "test"))


def test_a_stranger_is_refused_with_a_receipt_that_says_so_and_a_dead_letter(commit, register, store):
    refused = commit("stranger", 0)
    assert refused.rejects == (RejectReason.NOT_ENROLLED,)
    [(bridge, receipt)] = refused.receipts
    assert (bridge, [each.reason for each in receipt.rejected]) == ("stranger", [RejectReason.NOT_ENROLLED])
    [letter] = register.dead_letters()
    assert (letter.reason, letter.detail) == ("not_enrolled", "bridge stranger is not enrolled here")
    assert list(store.frames(SENSOR, 0, 2**62)) == []


def test_who_is_enrolled_is_taken_at_once_and_after_a_revocation_no_more(commit, records, clock):
    assert commit("kitchen", 0).rejects == (RejectReason.NOT_ENROLLED,)
    enrol(records, "kitchen")
    clock.now_s += 0.3
    assert commit("kitchen", 1).rejects == ()
    with records.write() as session:
        bridges.revoke(session, LOCAL_CLINIC, "kitchen", now_us=2)
    clock.now_s += LATER_S
    assert commit("kitchen", 2).rejects == (RejectReason.NOT_ENROLLED,)


def test_a_bridge_speaks_for_no_sensor_of_another_clinic(commit, records):
    enrol(records, "theirs", "other")
    with records.write() as session:
        clinics.ensure(session, LOCAL_CLINIC, "ours", now_us=1)
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Band", 1))
    assert commit("theirs", 0).rejects == (RejectReason.WRONG_SENSOR,)


def test_a_part_of_this_process_needs_no_enrolment(commit):
    assert commit("own", 0).rejects == ()
