"""A sensor that two bridges can hear is stored through one of them at a time."""

from dataclasses import replace

import pytest

from ingest.batch import Committer
from ingest.listening import LEASE_US
from ingest.register import Register
from ingest.service import anyone
from ingest.sorting import Message, Sorter
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import ClockKind, LossKnowledge, encode_frame
from tempoband.contracts.topics import UpKind, up
from tests.timeseries.making import make_frame, make_stream

KITCHEN, HALL, SENSOR = "kitchen", "hall", "scale"
STREAMS = {KITCHEN: "a" * 16, HALL: "b" * 16}


@pytest.fixture
def commit(tmp_path, store):
    register = Register(tmp_path / "register")
    committer = Committer(store, register, Sorter(register.owner, anyone))

    def send(bridge, *frames, kind=UpKind.FRAMES):
        messages = [Message(up(bridge, SENSOR, kind), encode_frame(f), f.end_us + 1) for f in frames]
        return committer.commit(messages)

    yield send
    register.close()


def heard(bridge, count=4, after_us=0, **changes):
    told = {"clock": ClockKind.ARRIVAL, "loss": LossKnowledge.UNKNOWN} | changes
    frames = make_stream(STREAMS[bridge], count, **told)
    return [replace(frame, t0_us=frame.t0_us + after_us) for frame in frames]


def test_the_second_bridge_is_refused_while_the_first_one_listens(commit):
    assert commit(KITCHEN, *heard(KITCHEN)).rejects == ()
    refused = commit(HALL, *heard(HALL, after_us=1_000_000))
    assert refused.rejects == (RejectReason.OWNED_ELSEWHERE,) * 4
    assert {rejected.reason for _, receipt in refused.receipts for rejected in receipt.rejected} == {
        RejectReason.OWNED_ELSEWHERE
    }


def test_after_a_silence_the_other_one_takes_over_and_then_holds_it(commit):
    commit(KITCHEN, *heard(KITCHEN))
    later_us = LEASE_US + 2_000_000
    assert commit(HALL, *heard(HALL, after_us=later_us)).rejects == ()
    late = make_frame(STREAMS[KITCHEN], 9, clock=ClockKind.ARRIVAL, loss=LossKnowledge.UNKNOWN)
    late = replace(late, t0_us=late.t0_us + later_us)
    assert commit(KITCHEN, late).rejects == (RejectReason.OWNED_ELSEWHERE,)


def test_what_comes_again_or_late_from_the_holder_is_taken(commit):
    frames = heard(KITCHEN)
    commit(KITCHEN, *frames[2:])
    assert commit(KITCHEN, *frames, kind=UpKind.BACKFILL).rejects == ()


def test_a_sensor_with_a_link_of_its_own_may_change_bridges_at_any_time(commit):
    commit(KITCHEN, *heard(KITCHEN, clock=ClockKind.DEVICE))
    assert commit(HALL, *heard(HALL, after_us=300_000, clock=ClockKind.DEVICE)).rejects == ()
