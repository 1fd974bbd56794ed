"""One open live page: what still has to be sent to it.

At a few kilobytes a second the buffers of TCP alone would hide minutes of delay, so the page answers pings,
and half a second without an answer holds everything back. A page that falls behind loses its oldest frames;
it never gains delay.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable

PING_EVERY_S = 0.25
STALL_S = 0.5
GONE_S = 20.0
_FRAMES_KEPT = 64  # some five seconds of the usual sensors
_EVENTS_KEPT = 256


class ViewerGoneError(Exception):
    """The page has not answered for so long that it is better to let it connect anew."""


class Viewer:
    """The queue of one page; the hub offers, the socket takes with ``next_message``."""

    def __init__(
        self, sensor: str, clock: Callable[[], float], *, frames_kept: int = _FRAMES_KEPT, pings: bool = True
    ) -> None:
        """``pings``: whether there is a page at the other end, which answers them."""
        self.sensor = sensor
        self.dropped_frames = 0
        self._clock = clock
        self._pings = pings
        self._frames_kept = frames_kept
        self._frames: deque[bytes] = deque()
        self._events: deque[str] = deque(maxlen=_EVENTS_KEPT)
        self._wake = asyncio.Event()
        self._answers = False
        self._ping = 0
        self._pinged_s = -PING_EVERY_S
        self._answered = 0

    def offer_frame(self, message: bytes) -> None:
        """A new frame; when the page is behind, its oldest unsent one makes room."""
        if len(self._frames) == self._frames_kept:
            self._frames.popleft()
            self.dropped_frames += 1
        self._frames.append(message)
        self._wake.set()

    def offer_event(self, message: str) -> None:
        """A new event, sent before waiting frames."""
        self._events.append(message)
        self._wake.set()

    def pong(self, number: int) -> None:
        """The page has seen everything up to this ping."""
        if self._answered < number <= self._ping:
            self._answered = number
            self._answers = True
            self._wake.set()

    async def next_message(self) -> str | bytes:
        """What to send next; waits for it.

        Raises:
            ViewerGoneError: the page has stopped answering.
        """
        while True:
            message = self._take()
            if message is not None:
                return message
            self._wake.clear()
            await self._wait()

    def _take(self) -> str | bytes | None:
        if self._silent_s() > STALL_S:
            return None
        if self._events:
            return self._events.popleft()
        if not self._frames:
            return None
        if self._pings and (self._ping == self._answered or not self._answers):
            now = self._clock()
            if now - self._pinged_s >= PING_EVERY_S:
                self._ping, self._pinged_s = self._ping + 1, now
                return json.dumps({"type": "ping", "n": self._ping})
        return self._frames.popleft()

    async def _wait(self) -> None:
        if self._silent_s() <= STALL_S:
            await self._wake.wait()
            return
        try:
            async with asyncio.timeout(max(0.0, GONE_S - self._silent_s())):
                await self._wake.wait()
        except TimeoutError:
            raise ViewerGoneError from None

    def _silent_s(self) -> float:
        """How long the oldest unanswered ping is out; 0 for a page that never answers pings at all."""
        if not self._answers or self._ping == self._answered:
            return 0.0
        return self._clock() - self._pinged_s
