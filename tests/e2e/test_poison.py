"""Frames that can never be stored: one dead letter, one receipt, an empty spool, and no second sending.

The real bridge and the real ingest over an embedded store, on a virtual clock.
"""

import asyncio
import contextlib
import time
from collections import Counter

from firmware_bridge.bridge import Bridge
from firmware_bridge.settings import BridgeSettings
from firmware_bridge.spool.items import Spooled, spooled
from firmware_bridge.spool.spool import Spool
from ingest.register import Register
from ingest.service import Ingest
from ingest.settings import IngestSettings
from tempoband.contracts import topics
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import Frame, digest, encode_frame
from tempoband.contracts.receipts import decode_receipt
from tempoband.contracts.topics import UpKind
from tempoband.simulator.clock import run_virtual
from tempoband.simulator.radio import VirtualRadio
from tempoband.storage.timeseries.open import open_store
from tests.bridge.fakes import FakeLink, Hub
from tests.support.frames import even_frame

BRIDGE, SENSOR, OTHER = "poison", "sensor-1", "sensor-2"
WATCHED_S = 13 * 60
SHARED, FOREIGN, BROKEN = "a" * 32, "b" * 32, "c" * 32


def frame(stream: str, seq: int, newtons: int) -> Frame:
    t0_us = time.time_ns() // 1000 - 60_000_000 + seq * 100_000
    return even_frame(stream, seq, [newtons * 1000] * 8, t0_us=t0_us)


def poison() -> dict[RejectReason, Spooled]:
    undecodable = spooled(SENSOR, frame(BROKEN, 0, 1))
    return {
        RejectReason.UNDECODABLE: Spooled(
            SENSOR, BROKEN, 0, undecodable.start_us, undecodable.end_us, 8, b"\xff not CBOR"
        ),
        RejectReason.CONFLICT: spooled(SENSOR, frame(SHARED, 0, 99)),
        RejectReason.WRONG_SENSOR: spooled(SENSOR, frame(FOREIGN, 7, 5)),
    }


def fill_spool(folder, frames) -> None:
    with contextlib.closing(Spool(folder)) as spool:
        for item in frames:
            spool.append([item])


async def commit_beforehand(hub: Hub) -> None:
    """Somebody has already stored the shared identity, and the foreign stream belongs to another sensor."""
    sender = FakeLink(hub, "before")
    running = asyncio.create_task(sender.run())
    await asyncio.sleep(0.1)
    await sender.publish(topics.up(BRIDGE, SENSOR, UpKind.FRAMES), encode_frame(frame(SHARED, 0, 1)))
    await sender.publish(topics.up(BRIDGE, OTHER, UpKind.FRAMES), encode_frame(frame(FOREIGN, 0, 1)))
    await asyncio.sleep(2)
    running.cancel()


async def play(tmp_path, hub: Hub, poisoned) -> None:
    settings = IngestSettings(store=str(tmp_path / "store"))
    bridge = BridgeSettings(id=BRIDGE, data_dir=tmp_path / "spool", resend_after_s=30)
    with contextlib.closing(open_store(settings.store, writable=True)) as store:
        ingest = Ingest(settings, store, make_link=lambda *_: FakeLink(hub, "ingest"))
        tasks = [asyncio.create_task(ingest.run())]
        await asyncio.sleep(1)
        await commit_beforehand(hub)
        hub.sent.clear()
        fill_spool(bridge.data_dir, poisoned)
        async with VirtualRadio.switched_on() as radio:
            with radio.installed():
                tasks.append(
                    asyncio.create_task(Bridge(bridge, make_link=lambda *_: FakeLink(hub, "b")).run())
                )
                await asyncio.sleep(WATCHED_S)
        for task in reversed(tasks):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def test_each_gives_one_dead_letter_one_receipt_an_empty_spool_and_is_never_sent_again(tmp_path):
    poisoned = poison()
    hub = Hub()
    run_virtual(play(tmp_path, hub, list(poisoned.values())))

    with contextlib.closing(Register(tmp_path / "store")) as register:
        letters = [letter for letter in register.dead_letters() if letter.topic.endswith(UpKind.BACKFILL)]
    assert {letter.reason: letter.payload for letter in letters} == {
        reason: item.payload for reason, item in poisoned.items()
    }
    assert [letter.times for letter in letters] == [1, 1, 1]

    sent = Counter(digest(payload) for _, topic, payload in hub.sent if "/up/" in topic)
    assert [sent[digest(item.payload)] for item in poisoned.values()] == [1, 1, 1]

    receipts = [decode_receipt(payload) for _, topic, payload in hub.sent if topic == topics.receipts(BRIDGE)]
    rejected = Counter((r.sha256, r.reason) for receipt in receipts for r in receipt.rejected)
    assert {
        (digest(item.payload), reason): 1 for reason, item in poisoned.items()
    }.items() <= rejected.items()

    with contextlib.closing(Spool(tmp_path / "spool")) as spool:
        assert spool.oldest(10) == []
        assert spool.note_count() == 0, "nor does the refused end of the foreign stream stay"
