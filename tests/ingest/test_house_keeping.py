"""House-keeping beside ingest: erased stretches and samples past their time."""

import time

import pytest

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import encode_frame
from tempoband.contracts.topics import UpKind
from tests.ingest.looking import dead_letters, rows_of, stored_of
from tests.ingest.sender import Sender
from tests.messaging.tasks import running, until
from tests.timeseries.making import A, B, make_frame, make_stream


async def test_dead_letters_about_an_erased_stretch_are_erased_too(settings, store, make_ingest):
    bridge = Sender(settings, "home")
    frames = make_stream(A, 4)
    async with running(make_ingest(house_s=0.05).run(), bridge.link.run()):
        await until(lambda: bridge.heartbeats, "the heartbeat")
        bridge.send("band", frames)
        await until(lambda: not bridge.spool, "the receipts")
        for seq in (0, 3):
            bridge.keep_raw("band", UpKind.FRAMES, encode_frame(make_frame(A, seq, lost=7)))
        bridge.keep_raw("other", UpKind.FRAMES, encode_frame(make_frame(A, 1)))
        bridge.send_spool()
        await until(lambda: len(dead_letters(store)) == 3, "two conflicts and a stream of another's")
        store.erase("band", frames[3].t0_us - 100, frames[3].end_us + 1)
        await until(lambda: len(dead_letters(store)) == 2, "the erased one to go")
    assert sorted((d.topic.split("/")[-2], d.reason) for d in dead_letters(store)) == [
        ("band", RejectReason.CONFLICT),
        ("other", RejectReason.WRONG_SENSOR),
    ]


async def test_old_samples_are_dropped_by_policy_while_new_ones_come(settings, store, make_ingest):
    bridge = Sender(settings, "home")
    now_us = time.time_ns() // 1000
    old = make_stream(A, 20, t0_us=now_us - 3 * 86_400_000_000)[:1]
    new = make_frame(B, 0, t0_us=now_us)
    async with running(make_ingest(house_s=0.05, keep_days=2).run(), bridge.link.run()):
        await until(lambda: bridge.heartbeats, "the heartbeat")
        bridge.send("band", [*old, new])
        await until(lambda: not bridge.spool, "the receipts")
        await until(lambda: stored_of(store, "band") == rows_of([new]), "the old frame to go")
    outline = store.read_decimated("band", 0, now_us - 86_400_000_000, 100)
    assert outline.tension_n.max() == pytest.approx(old[0].tension_n.max(), abs=1e-4)
