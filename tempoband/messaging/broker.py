"""The embedded broker: amqtt, for one machine.

It keeps nothing over a restart and no queue for absent clients, which receipts make harmless. It has no
accounts, so it listens on loopback only; anything else wants mosquitto.
"""

import asyncio
import ipaddress
import logging
from dataclasses import dataclass
from typing import Any, Self

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext, BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseTopicPlugin
from amqtt.session import Session

from tempoband.messaging.errors import MessagingError, MessagingReason

MAX_CONNECTIONS = 512
MAX_PACKET_BYTES = 256 * 1024
MAX_INFLIGHT = 4096  # unacknowledged messages a client; what comes on top is dropped, receipts recover it
_LISTENER = "default"


class InflightLimit(BaseTopicPlugin):
    """Bounds memory: a client that does not acknowledge gets no more."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._most = self.config.most

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Whether this message may go to this client."""
        del topic
        return action is not Action.RECEIVE or session is None or session.inflight_out_count < self._most

    @dataclass
    class Config:
        """``most``: unacknowledged messages a client may have."""

        most: int = MAX_INFLIGHT


class _BoundedReader(StreamReaderAdapter):
    """Ends a connection that announces a packet larger than we take."""

    async def read(self, n: int = -1) -> bytes:
        if n > MAX_PACKET_BYTES:
            # amqtt reads on after its own errors and after connection errors; any other ends the connection
            raise MessagingError(MessagingReason.REFUSED, f"packet of {n} bytes, at most {MAX_PACKET_BYTES}")
        return bytes(await super().read(n))


class _Subscriptions(dict[str, list[tuple[Session, int]]]):
    """amqtt 0.12 walks its subscriptions with awaits in between, and loses a message when one changes.

    Its only use of ``items`` is that walk, so a snapshot mends it.
    """

    def items(self) -> Any:
        """Filters with their subscribers, as they are now."""
        return [(topic_filter, list(subscribers)) for topic_filter, subscribers in super().items()]


class EmbeddedBroker:
    """MQTT 3.1.1, QoS 0 to 2, retained messages, last wills. Use as ``async with EmbeddedBroker(...)``."""

    def __init__(self, host: str = "127.0.0.1", port: int = 1883) -> None:
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise MessagingError(
                MessagingReason.MISCONFIGURED,
                f"the embedded broker has no accounts and listens on loopback only, not on {host}:"
                " use mosquitto for anything else",
            )
        self._host = host
        self._port = port
        self._broker: Broker | None = None
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    async def __aenter__(self) -> Self:
        for name in ("amqtt", "transitions"):  # a line or more a message otherwise
            logging.getLogger(name).setLevel(logging.CRITICAL)
        # reuse_address is asyncio's default on POSIX: a restarted program finds its port again
        try:
            self._server = await asyncio.start_server(
                self._serve, self._host, self._port, start_serving=False
            )
        except OSError as error:
            raise MessagingError(
                MessagingReason.PORT_TAKEN,
                f"the broker cannot listen on {self._host}:{self._port} ({error.strerror}):"
                " another program uses the port, choose another one",
            ) from error
        self._port = self._server.sockets[0].getsockname()[1]
        self._broker = Broker(_config())
        self._broker._subscriptions = _Subscriptions()  # noqa: SLF001 - see there
        await self._broker.start()
        await self._server.start_serving()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        if self._broker is not None:
            await self._broker.shutdown()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._server = self._broker = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if self._broker is None or task is None or len(self._clients) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._clients.add(task)
        try:
            await self._broker.external_connected(
                _BoundedReader(reader), StreamWriterAdapter(writer), _LISTENER
            )
        except (OSError, asyncio.IncompleteReadError, MessagingError):
            pass  # the client went away in the middle of a packet, or sent one we do not take
        finally:
            self._clients.discard(task)
            writer.close()


def _config() -> BrokerConfig:
    plugins: dict[str, Any] = {
        "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
        "tempoband.messaging.broker.InflightLimit": {"most": MAX_INFLIGHT},
    }
    listener = ListenerConfig(type=ListenerType.EXTERNAL)
    return BrokerConfig(listeners={_LISTENER: listener}, plugins=plugins, session_expiry_interval=60)
