"""The way up for what is live: a few messages under way at once, and nothing that waits.

A message is out of the way when the clinic's broker has acknowledged it. While the window is full whoever
sends has to wait, and drops what gets old meanwhile: delay never builds up, and the record, which shares the
connection, is not held up by it.
"""

import asyncio
from collections.abc import Callable

import structlog
from pydantic import ValidationError

from tempoband.contracts.topics import DownKind, OwnKind, UpKind, down, own, up
from tempoband.contracts.watching import WatchOrder, WatchWord
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink

_UNDER_WAY = 8  # of 8 to 15 samples each: less than a second of a usual sensor
log = structlog.get_logger(__name__)


class LiveWay:
    """``contracts.watching.WayUp`` over the home's link to its clinic."""

    def __init__(self, home: str, link: MqttLink, on_sent: Callable[[], None]) -> None:
        """Nothing is sent before ``open``; ``on_sent`` is told of each live message."""
        self._home = home
        self._link = link
        self._on_sent = on_sent
        self._open = False
        self._room = asyncio.Semaphore(_UNDER_WAY)
        self._took: Callable[[WatchOrder], None] = lambda _: None
        link.subscribe(down(home, DownKind.WATCH), 1, self._on_order)

    def open(self) -> None:
        """The clinic has welcomed this home."""
        self._open = True

    def shut(self) -> None:
        """The connection is gone."""
        self._open = False

    def on_order(self, took: Callable[[WatchOrder], None]) -> None:
        """Hand every order to this."""
        self._took = took

    def say(self, word: WatchWord) -> None:
        """Answer; without a connection nothing is said: the clinic repeats its order."""
        if self._open:
            try:
                self._link.publish(own(self._home, OwnKind.WATCH), word.encode(), qos=1)
            except MessagingError as error:
                log.info("watch_word_not_said", why=str(error))

    async def send(self, sensor: str, message: bytes) -> bool:
        """Send one live message as soon as there is room for it; False: there is no connection."""
        if not self._open:
            return False
        await self._room.acquire()
        try:
            on_its_way = self._link.publish(up(self._home, sensor, UpKind.LIVE), message, qos=1)
        except MessagingError:
            self._room.release()
            return False
        on_its_way.acked.add_done_callback(self._arrived)
        self._on_sent()
        return True

    def _arrived(self, acked: "asyncio.Future[None]") -> None:
        if not acked.cancelled():
            acked.exception()  # a lost connection is told by ``shut``
        self._room.release()

    def _on_order(self, delivery: Delivery) -> None:
        try:
            self._took(WatchOrder.model_validate_json(delivery.payload))
        except ValidationError:
            log.warning("watch_order_refused", topic=delivery.topic)
