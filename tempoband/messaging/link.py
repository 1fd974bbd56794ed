"""The MQTT client every part uses: connects for as long as it takes, and never sends anything late."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

import paho.mqtt.client as paho
import structlog

from tempoband.messaging.connection import Connection, Publication
from tempoband.messaging.errors import MessagingError, NotConnected
from tempoband.messaging.opening import Will
from tempoband.messaging.settings import MqttSettings

__all__ = ["Delivery", "MqttLink", "Publication", "Will"]

_FIRST_RETRY_S = 0.25
_LONGEST_RETRY_S = 30.0
_STEADY_S = 10.0  # a connection this old starts the back-off anew
_ROUTES_KEPT = 4096

log = structlog.get_logger(__name__)


class Delivery:
    """A message from the broker.

    With ``manual_ack`` the broker keeps a QoS 1 message until ``ack()``; after a reconnection the broker
    delivers it again (``again``: it may be another delivery of a message that we had before), and the
    acknowledgement of the old delivery does nothing.
    """

    __slots__ = ("_link", "_mid", "again", "payload", "qos", "retain", "topic")

    def __init__(self, topic: str, payload: bytes, qos: int, retain: bool, again: bool = False) -> None:
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.again = again
        self._link: _Acks | None = None
        self._mid = 0

    def ack(self) -> None:
        """Tell the broker that this message is dealt with; a second call does nothing."""
        if self._link is not None:
            self._link.ack(self._mid)
            self._link = None


Handler = Callable[[Delivery], None]


@dataclass(frozen=True, slots=True)
class _Subscription:
    filter: str
    qos: int
    handler: Handler


class _Acks:
    """The unacknowledged deliveries of one connection."""

    __slots__ = ("connection", "count")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.count = 0

    def ack(self, mid: int) -> None:
        self.count -= 1
        self.connection.ack(mid, 1)


class MqttLink:
    """A connection to the broker that comes back by itself.

    Every attempt uses a new client, so that nothing queued inside a client is ever sent late. All callbacks
    run in the asyncio loop that runs ``run()``.
    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        *,
        will: Will | None = None,
        persistent: bool = False,
        manual_ack: bool = False,
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._will = will
        self._persistent = persistent
        self._manual_ack = manual_ack
        self._subscriptions: list[_Subscription] = []
        self._routes: dict[str, tuple[Handler, ...]] = {}
        self._connected_callbacks: list[Callable[[], None]] = []
        self._disconnected_callbacks: list[Callable[[], None]] = []
        self._connection: Connection | None = None
        self._acks: _Acks | None = None
        self._refresh_tasks: set[asyncio.Task[None]] = set()
        self._state = "not started"

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and every subscription is in place."""
        return self._connection is not None

    @property
    def state(self) -> str:
        """In words: connected, or why not."""
        return self._state

    @property
    def unacked(self) -> int:
        """Deliveries of this connection that wait for ``ack()``."""
        return self._acks.count if self._acks is not None else 0

    def on_connected(self, callback: Callable[[], None]) -> None:
        """Call this after every connection, once the subscriptions are in place."""
        self._connected_callbacks.append(callback)

    def on_disconnected(self, callback: Callable[[], None]) -> None:
        """Call this whenever a connection is lost."""
        self._disconnected_callbacks.append(callback)

    def subscribe(self, topic_filter: str, qos: int, handler: Handler) -> None:
        """Deliver what matches to ``handler``, on this and every later connection."""
        self._subscriptions.append(_Subscription(topic_filter, qos, handler))
        self._routes.clear()
        if self._connection is not None:
            task = asyncio.get_running_loop().create_task(self._subscribe_late(topic_filter, qos))
            self._refresh_tasks.add(task)
            task.add_done_callback(self._refresh_tasks.discard)

    def unsubscribe(self, topic_filter: str) -> None:
        """Deliver nothing more for this filter, neither now nor on later connections."""
        self._subscriptions = [s for s in self._subscriptions if s.filter != topic_filter]
        self._routes.clear()
        if self._connection is not None:
            self._connection.unsubscribe(topic_filter)

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> Publication:
        """Send now, or not at all.

        Raises:
            NotConnected: there is no connection; nothing is kept for later.
            MessagingError: 65535 publications wait for their acknowledgement.
        """
        if self._connection is None:
            raise NotConnected(self._state)
        return self._connection.publish(topic, payload, qos, retain)

    async def run(self) -> None:
        """Connect, and connect again with jittered back-off, until cancelled."""
        delay_s = _FIRST_RETRY_S
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                self._state = f"connecting to {self._settings}"
                self._state = await self._session()
            except (MessagingError, TimeoutError) as error:
                self._state = str(error) or f"{self._settings}: no answer"
            if loop.time() - started > _STEADY_S:
                delay_s = _FIRST_RETRY_S
            log.warning("mqtt_link_down", client=self._client_id, why=self._state, retry_s=round(delay_s, 2))
            await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            delay_s = min(delay_s * 2, _LONGEST_RETRY_S)

    async def _session(self) -> str:
        """One connection from start to end; returns why it ended."""
        connection = Connection(
            self._settings,
            self._client_id,
            self._on_message,
            will=self._will,
            persistent=self._persistent,
            manual_ack=self._manual_ack,
        )
        self._acks = _Acks(connection)
        try:
            await connection.open()
            if filters := [(s.filter, s.qos) for s in self._subscriptions]:
                await connection.subscribe(filters)
            self._up(connection)
            return await asyncio.shield(connection.lost)
        finally:
            was_up, self._connection = self._connection is not None, None
            connection.close()
            if was_up:
                self._tell(self._disconnected_callbacks)

    def _up(self, connection: Connection) -> None:
        if connection.lost.done():
            raise NotConnected(connection.lost.result())
        self._connection = connection
        self._state = "connected"
        log.info("mqtt_link_up", client=self._client_id, broker=str(self._settings))
        self._tell(self._connected_callbacks)

    async def _subscribe_late(self, topic_filter: str, qos: int) -> None:
        try:
            if self._connection is not None:
                await self._connection.subscribe([(topic_filter, qos)])
        except (MessagingError, TimeoutError) as error:  # the next connection subscribes anyway
            log.warning("mqtt_subscription_late", client=self._client_id, filter=topic_filter, why=str(error))

    def _tell(self, callbacks: list[Callable[[], None]]) -> None:
        for callback in callbacks:
            try:
                callback()
            except Exception:
                log.exception("mqtt_callback_failed", client=self._client_id)

    def _on_message(  # noqa: PLR0917 - once a frame: keywords would cost
        self,
        connection: Connection,
        topic: str,
        payload: bytes,
        qos: int,
        retain: bool,
        mid: int,
        again: bool,
    ) -> None:
        delivery = Delivery(topic, payload, qos, retain, again)
        acks = self._acks
        if self._manual_ack and qos and acks is not None and acks.connection is connection:
            acks.count += 1
            delivery._link, delivery._mid = acks, mid  # noqa: SLF001 - one class in two halves
        handlers = self._routes.get(delivery.topic) or self._route(delivery.topic)
        if not handlers:  # a leftover subscription of the persistent session
            delivery.ack()
        for handler in handlers:
            try:
                handler(delivery)
            except Exception:
                log.exception("mqtt_handler_failed", client=self._client_id)

    def _route(self, topic: str) -> tuple[Handler, ...]:
        if len(self._routes) >= _ROUTES_KEPT:
            self._routes.clear()
        handlers = tuple(s.handler for s in self._subscriptions if paho.topic_matches_sub(s.filter, topic))
        self._routes[topic] = handlers
        return handlers
