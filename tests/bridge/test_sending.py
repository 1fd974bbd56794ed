"""The pure parts of sending, and a broker or a disk that does not do its work."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firmware_bridge.errors import SpoolError
from firmware_bridge.outbox.inflight import InFlight
from firmware_bridge.outbox.recipient import Recipient
from firmware_bridge.spool.spool import Spool
from tempoband.contracts.events import BridgeStatus, Heartbeat
from tempoband.contracts.topics import UpKind, bridge_status


def beat(**changes):
    return Heartbeat(**({"worker": "w", "boot": "b1", "shards": "00-ff", "at_us": 0} | changes))


# -- when to send again -----------------------------------------------------------------------------


def test_patience_doubles_up_to_its_bound_and_starts_anew_when_the_recipient_is_reborn():
    flight, now, waits = InFlight(30, 600), 0.0, []
    for _ in range(7):
        flight.at(now).sent("a", b"s", credit=True)
        step = next(s for s in (30, 60, 120, 240, 480, 600) if "a" not in flight.at(now + s))
        waits.append(step)
        now += step
    assert waits == [30, 60, 120, 240, 480, 600, 600]
    flight.at(now).sent("a", b"s", credit=True)
    flight.at(now).all_overdue_now()
    assert "a" not in flight.at(now)
    flight.at(now).sent("a", b"s", credit=True)
    assert "a" not in flight.at(now + 30)


class Flight(RuleBasedStateMachine):
    """The book against a plain dictionary."""

    def __init__(self):
        super().__init__()
        self.flight, self.model, self.now = InFlight(10, 40), {}, 0.0

    @rule(key=st.integers(0, 5), credit=st.booleans())
    def send(self, key, credit):
        attempts = self.model[key][1] + 1 if key in self.model else 0
        self.model[key] = (self.now + min(10 * 2**attempts, 40), attempts, credit)
        self.flight.at(self.now).sent(key, bytes([key]), credit=credit)

    @rule(key=st.integers(0, 5))
    def receipt(self, key):
        self.model.pop(key, None)
        self.flight.done(key)

    @rule(limit=st.integers(0, 5))
    def receipt_of_many(self, limit):
        self.model = {k: v for k, v in self.model.items() if k >= limit}
        self.flight.done_where(lambda key: key < limit)

    @rule(seconds=st.floats(0, 30))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def reborn(self):
        self.model = {k: (self.now, -1, c) for k, (_, _, c) in self.model.items()}
        self.flight.at(self.now).all_overdue_now()

    @invariant()
    def agrees(self):
        view = self.flight.at(self.now)
        waiting = {k for k, (due, _, _) in self.model.items() if due > self.now}
        assert {k for k in range(6) if k in view} == waiting
        assert view.waiting() == len(waiting)
        assert view.credit_used() == sum(self.model[k][2] for k in waiting)
        assert {k for k in range(6) if view.named(bytes([k])) is not None} == set(self.model)


TestFlight = Flight.TestCase


# -- whether anybody commits ------------------------------------------------------------------------


def test_only_workers_of_our_shard_count():
    recipient = Recipient("9f", 20)
    assert not recipient.hear(beat(shards="00-7f"), 0)
    assert not recipient.accepting(0)
    assert not recipient.hear(beat(shards="rubbish"), 0)
    assert recipient.hear(beat(shards="80-ff"), 0)
    assert recipient.accepting(0)


def test_a_birth_a_return_and_a_change_of_mind_ask_for_everything_again():
    recipient = Recipient("9f", 20)
    assert recipient.hear(beat(), 0)
    assert not recipient.hear(beat(), 5)
    assert recipient.hear(beat(boot="b2"), 10)
    assert not recipient.accepting(31)
    assert recipient.hear(beat(boot="b2"), 40)
    assert not recipient.hear(beat(boot="b2", accepting=False), 41)
    assert not recipient.accepting(41)
    assert recipient.hear(beat(boot="b2"), 45)
    recipient.lose_sight()
    assert not recipient.accepting(45)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 30)), max_size=20))
def test_it_accepts_exactly_while_a_fresh_willing_heartbeat_stands(beats):
    recipient, now, last = Recipient("00", 20), 0.0, None
    for online, accepting, pause in beats:
        now += pause
        recipient.hear(beat(online=online, accepting=accepting), now)
        last = now if online and accepting else None
        assert recipient.accepting(now) == (last is not None)
    assert recipient.accepting(now + 19) == (last is not None)
    assert not recipient.accepting(now + 21)


# -- a broker that acknowledges nothing, a disk that is full ----------------------------------------------


async def test_a_broker_that_acknowledges_nothing_is_not_flooded_and_nothing_is_lost(world):
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(5)
    world.hub.deaf = True
    before = world.ingest.took[UpKind.FRAMES]
    link = next(link for link in world.hub.links if link is not world.ingest.link)
    await asyncio.sleep(60)
    assert len(link._pending) <= 64 + 256 + 40  # live, replayed, statuses
    assert world.ingest.took[UpKind.FRAMES] - before <= 2
    world.hub.go_offline()
    world.hub.deaf, world.hub.online = False, True
    await asyncio.sleep(40)
    await world.stop()
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]
    assert len(stored) > 100 * 80


async def test_a_disk_that_fails_while_the_clock_settles_does_not_wedge_the_spool(world, monkeypatch):
    append, calls = Spool.append, []

    def flaky(spool, frames, **held):
        calls.append(len(frames))
        if frames and len(calls) % 3:
            raise SpoolError("the spool cannot be written: disk I/O error")
        append(spool, frames, **held)

    monkeypatch.setattr(Spool, "append", flaky)
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(10)
    monkeypatch.setattr(Spool, "append", append)
    await asyncio.sleep(50)
    await world.stop()
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]
    assert len(stored) > 55 * 80
    spool = Spool(world.folder)
    assert spool.frames <= 30
    assert spool.frames == len(spool.oldest(1000))
    spool.close()


async def test_a_full_disk_is_told_and_what_came_meanwhile_is_kept(world, monkeypatch):
    await world.sensor()
    world.ingest.receipts = False
    world.start()
    await world.streaming()
    await asyncio.sleep(5)
    append = Spool.append

    def full(_spool, frames, **_held):
        if frames:
            raise SpoolError("the spool cannot be written: database or disk is full")

    monkeypatch.setattr(Spool, "append", full)
    await asyncio.sleep(60)
    status = BridgeStatus.model_validate_json(world.hub.retained[bridge_status("test")])
    assert "disk is full" in status.detail
    monkeypatch.setattr(Spool, "append", append)
    world.ingest.receipts = True
    world.ingest.frames.clear()  # as if nothing of it had been committed: all must come from the spool
    world.ingest.boot = "boot-2"
    await asyncio.sleep(40)
    await world.stop()
    stored = world.ingest.counts()
    assert stored == world.sent_counts()[: len(stored)]
    assert len(stored) > 100 * 80
