"""The embedded broker: amqtt, for one machine.

It keeps nothing over a restart and no queue for absent clients, which receipts make harmless. It speaks no
TLS, so it listens on loopback only. With ``check`` it admits nobody without a credential and holds everybody
to the rules of ``contracts.topic_rules``.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from amqtt.adapters import ReaderAdapter, StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext, BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseTopicPlugin
from amqtt.session import Session

from tempoband.contracts.hosts import is_loopback
from tempoband.contracts.topic_rules import Access, Credential, allowed
from tempoband.messaging.doorman import NOT_AUTHORISED, Check, admit, admitted_as
from tempoband.messaging.errors import MessagingError, MessagingReason

MAX_CONNECTIONS = 512
MAX_PACKET_BYTES = 256 * 1024
MAX_INFLIGHT = 4096  # unacknowledged messages a client; what comes on top is dropped, receipts recover it
_LISTENER = "default"


class TopicRules(BaseTopicPlugin):
    """Holds clients to their topics, and bounds memory: one that does not acknowledge gets no more."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._most = self.config.most
        self._guarded = self.config.guarded

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Whether this client may publish, subscribe to, or be sent this."""
        if session is None:
            return True
        if action is Action.RECEIVE:  # the subscription was checked when it was made
            return bool(session.inflight_out_count < self._most)
        if not self._guarded:
            return True
        credential = admitted_as(session.username)
        access = Access.WRITE if action is Action.PUBLISH else Access.READ
        return credential is not None and allowed(credential, access, topic or "")

    @dataclass
    class Config:
        """``most``: unacknowledged messages a client may have; ``guarded``: whether topics are checked."""

        most: int = MAX_INFLIGHT
        guarded: bool = False


class _BoundedReader(StreamReaderAdapter):
    """Ends a connection that announces a packet larger than we take."""

    async def read(self, n: int = -1) -> bytes:
        if n > MAX_PACKET_BYTES:
            # amqtt reads on after its own errors and after connection errors; any other ends the connection
            raise MessagingError(MessagingReason.REFUSED, f"packet of {n} bytes, at most {MAX_PACKET_BYTES}")
        return bytes(await super().read(n))


class _Subscriptions(dict[str, list[tuple[Session, int]]]):
    """amqtt 0.12 walks its subscriptions with awaits in between, and fails when one changes meanwhile.

    Through ``items`` it hands a message on, which is lost then; through the keys it greets a client, whose
    connection ends then. A snapshot mends both.
    """

    def __iter__(self) -> Iterator[str]:
        """Filters, as they are now."""
        return iter(list(super().__iter__()))

    def items(self) -> Any:
        """Filters with their subscribers, as they are now."""
        return [(topic_filter, list(subscribers)) for topic_filter, subscribers in super().items()]


class EmbeddedBroker:
    """MQTT 3.1.1, QoS 0 to 2, retained messages, last wills. Use as ``async with EmbeddedBroker(...)``."""

    def __init__(self, host: str = "127.0.0.1", port: int = 1883, check: Check | None = None) -> None:
        """Nothing listens before it is entered.

        Args:
            host: a loopback address.
            port: 0 lets the system choose.
            check: tells who a user name and password are; None admits everybody on this machine.

        Raises:
            MessagingError: an address that others can reach.
        """
        if not is_loopback(host):
            raise MessagingError(
                MessagingReason.MISCONFIGURED,
                f"the embedded broker speaks no TLS and listens on loopback only, not on {host}:"
                " use mosquitto for anything else",
            )
        self._host = host
        self._port = port
        self._broker: Broker | None = None
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._check = check
        self._guests: dict[asyncio.StreamWriter, Credential] = {}

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
        self._broker = Broker(_config(guarded=self._check is not None))
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
            stream = await self._at_the_door(reader, writer)
            await self._broker.external_connected(stream, StreamWriterAdapter(writer), _LISTENER)
        except (OSError, asyncio.IncompleteReadError, MessagingError):
            pass  # the client went away in the middle of a packet, or sent one we do not take
        finally:
            self._clients.discard(task)
            self._guests.pop(writer, None)
            writer.close()

    async def _at_the_door(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> ReaderAdapter:
        stream: ReaderAdapter = _BoundedReader(reader)
        if self._check is None:
            return stream
        try:
            self._guests[writer], admitted = await admit(stream, self._check)
        except MessagingError:
            with contextlib.suppress(OSError):
                writer.write(NOT_AUTHORISED)
                await writer.drain()
            raise
        return admitted

    def cut(self, name: str) -> int:
        """End every connection of a credential at once; returns how many there were."""
        theirs = [writer for writer, guest in self._guests.items() if guest.id == name]
        for writer in theirs:
            writer.transport.abort()
        return len(theirs)


def _config(*, guarded: bool) -> BrokerConfig:
    plugins: dict[str, Any] = {
        "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
        "tempoband.messaging.broker.TopicRules": {"most": MAX_INFLIGHT, "guarded": guarded},
    }
    listener = ListenerConfig(type=ListenerType.EXTERNAL)
    return BrokerConfig(listeners={_LISTENER: listener}, plugins=plugins, session_expiry_interval=60)
