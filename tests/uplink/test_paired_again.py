"""A home that is paired again is another home to its clinic: what it had begun must not be lost for it."""

import time
from dataclasses import replace

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
from tempoband.storage.records import bridges, declarations, devices, people
from tempoband.uplink.home.records import people_of_clinic
from tempoband.uplink.home.service import HomeUplink
from tests.messaging.tasks import running, until
from tests.timeseries.making import SENSOR, all_stored, make_stream
from tests.uplink.conftest import T0, enrol
from tests.uplink.pairs import HOME, Pair, Side, make_pair, payloads
from tests.uplink.test_records_both_ways import read, told, wear, write

A = "a" * 16
AGAIN = "home-2"


@pytest.fixture
async def pair(tmp_path):
    async with make_pair(tmp_path) as made:
        yield made


def pair_again(pair: Pair, person: str) -> HomeUplink:
    enrol(pair.clinic.records, AGAIN, Holder.HOME)
    write(pair.clinic, lambda s: bridges.move_in(s, LOCAL_CLINIC, AGAIN, person))
    pair.admission.refresh()
    return HomeUplink(pair.credential(AGAIN), pair.home.store, pair.home.records)


async def half_of_it_went_up(pair: Pair) -> None:
    """Ten frames of a stream are at the clinic when the home's credential is lost; ten are not."""
    frames = make_stream(A, 20)
    async with pair.open(), pair.home_runs() as uplink:
        await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person")
        wear(pair.home, pair.person)
        pair.home.store.write(all_stored(frames[:10], bridge="living-room"))
        await until(lambda: len(payloads(pair.clinic, SENSOR)) == 10, "the first half")
        await until(lambda: read(pair.clinic, lambda s: devices.find(s, LOCAL_CLINIC, SENSOR)), "the sensor")
        await until(lambda: uplink.link().waiting_frames == 0, "the receipts")
    pair.home.store.write(all_stored(frames[10:], bridge="living-room"))


async def test_the_rest_of_a_stream_that_was_begun_under_the_old_name_arrives(pair):
    await half_of_it_went_up(pair)
    again = pair_again(pair, pair.person)  # the old name was not even revoked
    write(pair.home, lambda s: declarations.tell(s, LOCAL_CLINIC, told(person_id=pair.person, id="later")))
    async with pair.open(), running(again.run()):
        await until(lambda: payloads(pair.home, SENSOR) == payloads(pair.clinic, SENSOR), "all of it")
        await until(lambda: read(pair.clinic, lambda s: declarations.find(s, LOCAL_CLINIC, "later")), "a set")
        await until(lambda: again.link().waiting_frames == 0, "the receipts")
        assert again._delivery.refused == 0
    [info] = pair.clinic.store.streams(SENSOR, 0, 2**62)
    assert (info.frames, info.bridge, info.missing) == (20, HOME, ())


def test_the_home_of_somebody_else_cannot_go_on_with_it(tmp_path):
    """The receipt goes to who sent it; the stream stays that of who began it."""
    side, register = Side.at(tmp_path), Register(tmp_path)
    for home, person in ((HOME, "Ada"), (AGAIN, "Ada"), ("home-3", "Bob")):
        enrol(side.records, home, Holder.HOME)
        write(side, lambda s, h=home, p=person: bridges.move_in(s, LOCAL_CLINIC, h, known(s, p)))
    enrolment = Enrolment(side.records)
    committer = Committer(side.store, register, Sorter(register.owner, enrolment, kin=enrolment.kin))
    frames = make_stream(A, 20)

    def sent_by(home: str, some) -> list[tuple[str, tuple, list[RejectReason]]]:
        topic, now_us = up(home, SENSOR, UpKind.BACKFILL), time.time_ns() // 1000
        outcome = committer.commit([Message(topic, encode_frame(f), now_us) for f in some])
        return [(b, r.committed, [each.reason for each in r.rejected]) for b, r in outcome.receipts]

    assert sent_by(HOME, frames[:10]) == [(HOME, ((0, 9),), [])]
    assert sent_by("home-3", frames[10:11]) == [("home-3", (), [RejectReason.WRONG_SENSOR])]
    assert sent_by(AGAIN, frames[9:15]) == [(AGAIN, ((9, 14),), [])]
    clash = replace(frames[14], lost=7)
    assert sent_by(AGAIN, [clash]) == [(AGAIN, (), [RejectReason.CONFLICT])]
    assert {stored.bridge for stored in side.store.frames(SENSOR, 0, 2**62)} == {HOME}
    register.close()
    side.close()


def known(session, name: str) -> str:
    """A person of this name, who is added at their first home."""
    ids = {each.display_name: each.id for each in people.every(session, LOCAL_CLINIC)}
    return ids.get(name) or people.add(session, LOCAL_CLINIC, name, now_us=T0).id
