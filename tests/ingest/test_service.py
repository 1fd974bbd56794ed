"""From the broker to the store and back to the bridge, with real brokers and the real store."""

import asyncio
import json
import random
from dataclasses import replace

import numpy as np
import pytest

from tempoband.contracts import topics
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.events import Committed, Heartbeat
from tempoband.contracts.frame import digest, encode_frame
from tempoband.contracts.ledger import Evicted, StreamEnded, encode_note
from tempoband.contracts.ranges import to_ranges
from tempoband.contracts.receipts import Rejected
from tempoband.contracts.topics import UpKind
from tempoband.messaging.link import MqttLink
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.base import TimeSeriesStore
from tests.ingest.looking import FOREVER, dead_letters, rows_of, stored_of
from tests.ingest.sender import Sender
from tests.messaging.tasks import running, until
from tests.timeseries.making import A, B, make_frame, make_stream

C = "c" * 16


class AwayStore:
    """The real store behind a switch."""

    def __init__(self, store: TimeSeriesStore) -> None:
        self.store, self.away, self.attempts = store, True, 0

    def write(self, frames):
        self.attempts += 1
        if self.away:
            raise StorageError(StorageReason.UNAVAILABLE, "the store is away")
        return self.store.write(frames)

    def write_notes(self, notes):
        self.store.write_notes(notes)

    def erased(self):
        return self.store.erased()


async def test_what_is_sent_is_stored_receipted_and_announced(settings, store, make_ingest):
    bridge, follower = Sender(settings, "home"), MqttLink(settings, "follower")
    events: list[Committed] = []
    follower.subscribe(
        f"{topics.ROOT}/+/events/+/committed",
        0,
        lambda d: events.append(Committed.model_validate_json(d.payload)),
    )
    frames = make_stream(A, 60)
    async with running(make_ingest().run(), bridge.link.run(), follower.run()):
        await until(lambda: bridge.heartbeats and follower.connected, "the heartbeat")
        bridge.send("band", frames)
        await until(lambda: not bridge.spool, "every receipt")
        await until(lambda: sum(e.samples for e in events) == 600, "the events")
    assert stored_of(store, "band") == rows_of(frames)
    committed = [r for receipt in bridge.receipts for r in receipt.committed]
    assert to_ranges(n for a, b in committed for n in range(a, b + 1)) == ((0, 59),)
    assert {(e.sensor, e.bridge, e.stream, e.backfill) for e in events} == {("band", "home", A, False)}
    assert min(e.start_us for e in events) == frames[0].t0_us


async def test_the_heartbeat_is_retained_tells_the_boot_and_ends_with_the_worker(settings, make_ingest):
    bridge = Sender(settings, "home")
    async with running(make_ingest(heartbeat_s=0.05).run()), running(bridge.link.run()):
        await until(lambda: len(bridge.heartbeats) > 3, "heartbeats")
    assert len({h.boot for h in bridge.heartbeats}) == 1
    assert all(h.online and h.accepting and h.shards == "00-ff" for h in bridge.heartbeats)
    late = Sender(settings, "late")
    async with running(late.link.run()):
        await until(lambda: late.heartbeats, "the retained goodbye")
        assert not late.heartbeats[0].online
        async with running(make_ingest().run()):
            await until(lambda: late.heartbeats[-1].online, "the next boot")
    assert next(h.boot for h in late.heartbeats if h.online) != bridge.heartbeats[0].boot


async def test_loss_ledger(settings, store, make_ingest):
    """Frames are lost, doubled and shuffled on the way; the test's own list is what the store must hold."""
    chance = random.Random(7)
    bridges = [Sender(settings, f"home-{n}") for n in range(3)]
    sent = {f"band-{n}": make_stream(f"{n + 1:016x}", 80) for n in range(3)}
    async with running(make_ingest().run(), *(b.link.run() for b in bridges)):
        await until(lambda: all(b.heartbeats for b in bridges), "heartbeats")
        for bridge, (sensor, frames) in zip(bridges, sent.items(), strict=True):
            for frame in frames:
                bridge.keep(sensor, frame)
            once = list(bridge.spool.values())
            unruly = [m for m in once if chance.random() < 0.7] + chance.sample(once, 20)
            chance.shuffle(unruly)
            for topic, payload in unruly:
                bridge.link.publish(topic, payload)
        async with running(*(b.keep_sending() for b in bridges)):
            await until(lambda: not any(b.spool for b in bridges), "every receipt")
    for sensor, frames in sent.items():
        assert stored_of(store, sensor) == rows_of(frames)
        (info,) = store.streams(sensor, *FOREVER)
        assert info.missing == ()
    gone = sent["band-1"][40]  # the same comparison must see one frame deleted by hand
    store._db.execute(
        "DELETE FROM frames WHERE seq = 40 AND stream_id = (SELECT id FROM streams WHERE stream = ?)",
        [gone.stream],
    )
    missing = set(rows_of(sent["band-1"])) - set(stored_of(store, "band-1"))
    assert missing == set(rows_of([gone]))


async def test_poison_gives_one_dead_letter_and_one_receipt_each(settings, store, make_ingest):
    bridge, thief = Sender(settings, "home"), Sender(settings, "thief")
    good = make_stream(A, 3)
    conflicting = encode_frame(replace(good[1], counts=good[1].counts + 1))
    undecodable = b"\xff\x00 no frame"
    stolen = encode_frame(make_frame(A, 7))
    async with running(make_ingest().run(), bridge.link.run(), thief.link.run()):
        await until(lambda: bridge.heartbeats and thief.heartbeats, "heartbeats")
        bridge.send("band", good)
        await until(lambda: not bridge.spool, "the good ones")
        bridge.keep_raw("band", UpKind.FRAMES, conflicting)
        bridge.keep_raw("band", UpKind.BACKFILL, undecodable)
        thief.keep_raw("other", UpKind.FRAMES, stolen)
        for _ in range(2):  # sent again, it is the same dead letter
            bridge.send_spool()
            thief.send_spool()
            for payload, sender in ((conflicting, bridge), (undecodable, bridge), (stolen, thief)):
                await until(
                    lambda p=payload, s=sender: any(
                        r.sha256 == digest(p) for x in s.receipts for r in x.rejected
                    ),
                    "its receipt",
                )
        assert not bridge.spool
        assert not thief.spool
    rejected = [r for s in (bridge, thief) for x in s.receipts for r in x.rejected]
    assert set(rejected) == {
        Rejected(digest(conflicting), RejectReason.CONFLICT),
        Rejected(digest(undecodable), RejectReason.UNDECODABLE),
        Rejected(digest(stolen), RejectReason.WRONG_SENSOR),
    }
    letters = dead_letters(store)
    assert {(d.payload, d.sha256, d.reason) for d in letters} == {
        (conflicting, digest(conflicting), RejectReason.CONFLICT),
        (undecodable, digest(undecodable), RejectReason.UNDECODABLE),
        (stolen, digest(stolen), RejectReason.WRONG_SENSOR),
    }
    assert stored_of(store, "band") == rows_of(good)
    assert store.sensors() == ["band"]


async def test_a_sensor_that_is_not_enrolled_is_refused(settings, store, make_ingest):
    bridge = Sender(settings, "home")
    service = make_ingest(
        allowed=lambda bridge, sensor: (
            None if (bridge, sensor) == ("home", "mine") else RejectReason.WRONG_SENSOR
        )
    )
    async with running(service.run(), bridge.link.run()):
        await until(lambda: bridge.heartbeats, "the heartbeat")
        bridge.send("mine", make_stream(A, 2))
        payload = encode_frame(make_frame(B, 0))
        bridge.keep_raw("foreign", UpKind.FRAMES, payload)
        bridge.send_spool()
        await until(lambda: not bridge.spool, "the receipts")
    assert [(d.reason, d.payload) for d in dead_letters(store)] == [(RejectReason.WRONG_SENSOR, payload)]
    assert store.sensors() == ["mine"]


async def test_ledger_notes_are_kept_and_receipted_by_their_digest(settings, store, make_ingest):
    bridge = Sender(settings, "home")
    frames = make_stream(A, 5)
    notes = [
        StreamEnded(A, 9),
        Evicted(A, ((5, 7),), 30, frames[-1].end_us, frames[-1].end_us + 9, "spool_age"),
    ]
    async with running(make_ingest().run(), bridge.link.run()):
        await until(lambda: bridge.heartbeats, "the heartbeat")
        bridge.send("band", frames)
        for note in notes:
            bridge.keep_raw("band", UpKind.LEDGER, encode_note(note))
        bridge.send_spool()
        await until(lambda: not bridge.spool, "the receipts")
    (info,) = store.streams("band", *FOREVER)
    assert (info.last_seq, info.missing, info.evicted_samples) == (9, ((8, 9),), 30)


async def test_while_the_store_is_away_bridges_are_told_to_hold_and_nothing_is_lost(
    settings, store, make_ingest
):
    away = AwayStore(store)
    bridge = Sender(settings, "home")
    frames = make_stream(A, 300)
    service = make_ingest(use=away, most_waiting=40)
    async with running(service.run(), bridge.link.run()):
        await until(lambda: bridge.heartbeats, "the heartbeat")
        bridge.send("band", frames)
        await until(lambda: not bridge.heartbeats[-1].accepting, "accepting = false")
        await until(lambda: away.attempts > 3, "more attempts")
        assert not bridge.receipts
        assert len(service._waiting) <= 40
        away.away = False
        await until(lambda: bridge.heartbeats[-1].accepting, "accepting = true")
        async with running(bridge.keep_sending(0.2)):
            await until(lambda: not bridge.spool, "every receipt")
    assert stored_of(store, "band") == rows_of(frames)


async def test_a_stopped_worker_drains_what_it_holds(settings, store, make_ingest):
    bridge = Sender(settings, "home")
    frames = make_stream(A, 40)
    service = make_ingest(batch_s=60)  # nothing is committed before the end
    async with running(bridge.link.run()):
        async with running(service.run()):
            await until(lambda: bridge.heartbeats, "the heartbeat")
            bridge.send("band", frames)
            await until(lambda: len(service._waiting) == 40, "all of it")
            assert store.sensors() == []
        await until(lambda: not bridge.spool, "the receipts of the last batch")
    assert stored_of(store, "band") == rows_of(frames)


async def test_half_the_window_makes_a_batch_without_waiting(settings, store, make_ingest):
    bridge = Sender(settings, "home")
    async with running(make_ingest(batch_s=60, window=20).run(), bridge.link.run()):
        await until(lambda: bridge.heartbeats, "the heartbeat")
        bridge.send("band", make_stream(A, 10))
        await until(lambda: not bridge.spool, "the receipts")
    assert len(store.read("band", *FOREVER)) == 100


async def test_senml_becomes_samples_in_newtons_and_equal_packs_are_all_kept(settings, store, make_ingest):
    link = MqttLink(settings, "esphome")
    topic = topics.up("home", "scale", UpKind.SENML)
    idle = json.dumps([{"n": "force", "u": "kg", "v": 1.0}]).encode()
    timed = json.dumps(
        [{"bn": "band", "bu": "N", "bt": 1_780_000_000.0, "v": 10.0}, {"t": 0.1, "v": 11.5}]
    ).encode()
    async with running(make_ingest().run(), link.run()):
        await until(lambda: link.connected, "connection")
        await asyncio.sleep(0.1)
        for _ in range(5):
            await link.publish(topic, idle)
        await link.publish(topic, timed)
        await link.publish(topic, b'[{"u":"lb","v":1}]')
        await until(
            lambda: len(dead_letters(store)) == 1 and len(store.read("scale", *FOREVER)) == 7, "all of it"
        )
    curve = store.read("scale", *FOREVER)
    assert sorted(curve.tension_n.round(3)) == [9.807] * 5 + [10.0, 11.5] or sorted(
        curve.tension_n.round(3)
    ) == sorted([9.807] * 5 + [10.0, 11.5])
    assert {1_780_000_000_000_000, 1_780_000_000_100_000} <= set(curve.time_us.tolist())
    assert len(store.streams("scale", *FOREVER)) == 1
    assert store.streams("scale", *FOREVER)[0].lost_samples is None


async def test_a_newer_message_with_more_fields_is_understood():
    beat = {"worker": "w", "boot": "b", "shards": "00-ff", "at_us": 1, "colour": "green"}
    assert Heartbeat.model_validate_json(json.dumps(beat)).worker == "w"


@pytest.mark.parametrize("times", [1, 3])
async def test_restarted_ingest_knows_what_it_stored(settings, store, make_ingest, times):
    bridge = Sender(settings, "home")
    frames = make_stream(A, 20)
    async with running(bridge.link.run()):
        for _ in range(times):
            async with running(make_ingest().run()):
                await until(lambda: bridge.heartbeats and bridge.heartbeats[-1].online, "the heartbeat")
                bridge.send("band", frames)
                await until(lambda: not bridge.spool, "receipts also for what was there already")
            await until(lambda: not bridge.heartbeats[-1].online, "the goodbye")
    assert stored_of(store, "band") == rows_of(frames)
    assert np.array_equal(store.streams("band", *FOREVER)[0].samples, 200)
