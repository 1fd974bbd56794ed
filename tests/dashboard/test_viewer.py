import asyncio
import json

import pytest

from dashboard.live.viewer import GONE_S, PING_EVERY_S, STALL_S, Viewer, ViewerGoneError


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def drain(viewer: Viewer) -> list[str | bytes]:
    """Everything that would be sent now."""
    sent = []
    while True:
        try:
            async with asyncio.timeout(0.01):
                sent.append(await viewer.next_message())
        except TimeoutError:
            return sent


def frames(sent: list[str | bytes]) -> list[bytes]:
    return [message for message in sent if isinstance(message, bytes)]


def pings(sent: list[str | bytes]) -> list[int]:
    return [json.loads(m)["n"] for m in sent if isinstance(m, str) and json.loads(m)["type"] == "ping"]


async def test_frames_come_in_order_and_events_before_them() -> None:
    viewer = Viewer("s", Clock())
    viewer.offer_frame(b"1")
    viewer.offer_frame(b"2")
    viewer.offer_event('{"type":"rep"}')
    sent = await drain(viewer)
    assert sent[0] == '{"type":"rep"}'
    assert frames(sent) == [b"1", b"2"]


async def test_a_page_that_stops_answering_is_held_and_then_gets_the_newest() -> None:
    clock = Clock()
    viewer = Viewer("s", clock)
    viewer.offer_frame(b"first")
    viewer.pong(pings(await drain(viewer))[-1])
    clock.now_s += PING_EVERY_S
    viewer.offer_frame(b"second")
    unanswered = pings(await drain(viewer))
    clock.now_s += STALL_S + 0.01
    for n in range(200):
        viewer.offer_frame(b"%d" % n)
    assert await drain(viewer) == []
    viewer.pong(unanswered[-1])
    assert frames(await drain(viewer)) == [b"%d" % n for n in range(200 - 64, 200)]
    assert viewer.dropped_frames == 200 - 64


async def test_what_is_under_way_unanswered_is_bounded_by_time() -> None:
    clock = Clock()
    viewer = Viewer("s", clock)
    viewer.offer_frame(b"x")
    viewer.pong(pings(await drain(viewer))[-1])
    sent = 0
    for _ in range(1000):  # 100 s at 10 frames a second, never answered again
        clock.now_s += 0.1
        viewer.offer_frame(b"x")
        sent += len(frames(await drain_now(viewer)))
    assert 0 < sent <= (PING_EVERY_S + STALL_S) / 0.1 + 2


async def drain_now(viewer: Viewer) -> list[str | bytes]:
    sent = []
    while (message := viewer._take()) is not None:
        sent.append(message)
    return sent


async def test_a_page_that_knows_no_pings_still_gets_everything() -> None:
    clock = Clock()
    viewer = Viewer("s", clock)
    for n in range(300):
        clock.now_s += 0.1
        viewer.offer_frame(b"%d" % n)
        assert frames(await drain_now(viewer)) == [b"%d" % n]


async def test_a_page_that_is_gone_is_let_go() -> None:
    clock = Clock()
    viewer = Viewer("s", clock)
    viewer.offer_frame(b"x")
    viewer.pong(pings(await drain(viewer))[-1])
    clock.now_s += PING_EVERY_S
    viewer.offer_frame(b"x")
    await drain(viewer)
    clock.now_s += GONE_S + 1
    with pytest.raises(ViewerGoneError):
        await viewer.next_message()


async def test_a_pong_for_a_ping_never_sent_means_nothing() -> None:
    viewer = Viewer("s", Clock())
    for number in (-1, 0, 7, 10**9):
        viewer.pong(number)
    assert not viewer._answers
