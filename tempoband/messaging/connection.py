"""One connection to the broker: a paho client whose socket lives in the asyncio loop."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from tempoband.messaging.errors import MessagingError, MessagingReason, NotConnected
from tempoband.messaging.opening import CONNECT_TIMEOUT_S, Will, connect_blocking, new_client
from tempoband.messaging.settings import MqttSettings
from tempoband.messaging.sockets import WAIT, BufferedSocket
from tempoband.messaging.words import socket_words

_MISC_INTERVAL_S = 1.0
_PACKETS_PER_WAKE_UP = 256  # then other tasks of the loop get their turn
_REFUSED_CODE = 0x80


class Publication:
    """A message on its way; await it for the broker's acknowledgement (QoS 0: for having left)."""

    __slots__ = ("acked",)

    def __init__(self, acked: "asyncio.Future[None]") -> None:
        self.acked = acked

    def __await__(self) -> Any:
        return self.acked.__await__()


OnMessage = Callable[["Connection", str, bytes, int, bool, int, bool], None]
"""Connection, topic, payload, qos, retain, message id."""


class Connection:
    """From connect to disconnect; never used twice.

    ``lost`` is a future that ends with the reason in words when the connection is over.
    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        on_message: OnMessage,
        *,
        will: Will | None,
        persistent: bool,
        manual_ack: bool,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._persistent = persistent
        self._on_message = on_message
        self._pending: dict[int, asyncio.Future[None]] = {}
        self._subscribing: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self._accepted: asyncio.Future[None] = self._loop.create_future()
        self.lost: asyncio.Future[str] = self._loop.create_future()
        self._client = new_client(settings, client_id, will, persistent=persistent, manual_ack=manual_ack)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_paho_message
        self._client.deliver = self._deliver
        self._socket: BufferedSocket | None = None
        self._fd = -1
        self._misc: asyncio.TimerHandle | None = None
        self._waiting_to_write = False

    async def open(self) -> None:
        """Connect and wait until the broker accepts.

        Raises:
            MessagingError: unreachable, or refused, with the reason in words.
        """
        connecting = self._loop.run_in_executor(
            None, connect_blocking, self._client, self._settings, self._persistent
        )
        try:
            await asyncio.shield(connecting)
        except asyncio.CancelledError:
            connecting.add_done_callback(self._discard)
            raise
        except ssl.SSLError as error:
            words = f"TLS with {self._settings}: {socket_words(error)}"
            raise MessagingError(MessagingReason.TLS, words) from error
        except (OSError, ValueError, paho.WebsocketConnectionError) as error:
            words = f"{self._settings}: {socket_words(error)}"
            if self._settings.tls and isinstance(error, ConnectionError | EOFError):
                words += " (does that port speak TLS?)"
            raise MessagingError(MessagingReason.UNREACHABLE, words) from error
        self._attach()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._accepted
        except TimeoutError:
            hint = (
                " (does it speak MQTT 5? If not, set protocol to 3.1.1)"
                if self._settings.protocol == "5"
                else ""
            )
            words = f"{self._settings}: no answer{hint}"
            raise MessagingError(MessagingReason.UNREACHABLE, words) from None

    def _discard(self, connecting: "asyncio.Future[None]") -> None:
        """Close a socket that was opened after we had already been cancelled."""
        if connecting.exception() is None and (sock := self._client.socket()) is not None:
            sock.close()

    def _attach(self) -> None:
        sock = self._client.socket()
        if not isinstance(sock, BufferedSocket):
            raise MessagingError(MessagingReason.UNREACHABLE, self._ended("the broker hung up"))
        self._socket, self._fd = sock, sock.fileno()
        sock.hold_writes = True
        self._client.on_socket_register_write = self._want_write
        self._client.on_socket_close = self._on_socket_close
        try:
            self._loop.add_reader(self._fd, self._read)
        except NotImplementedError:
            raise MessagingError(
                MessagingReason.MISCONFIGURED,
                "this event loop cannot watch sockets: on Windows run with asyncio.SelectorEventLoop",
            ) from None
        self._misc = self._loop.call_later(_MISC_INTERVAL_S, self._house_keeping)

    def _want_write(self, _c: Any, _d: Any, _sock: Any) -> None:
        self._loop.call_soon(self._write)

    def _on_socket_close(self, _c: Any, _d: Any, _sock: Any) -> None:
        self._detach()

    def _detach(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self._fd = -1
        if self._misc is not None:
            self._misc.cancel()

    def _read(self) -> None:
        for _ in range(_PACKETS_PER_WAKE_UP):
            if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS or self._socket is None:
                return
            if not self._socket.readable:
                return
        if self._fd >= 0:
            self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if self._fd >= 0:
            self._read()

    def _write(self) -> None:
        if self._fd < 0 or self._socket is None:
            return
        self._client.loop_write()
        try:
            done = self._fd < 0 or self._socket.flush()
        except WAIT:
            done = False
        except OSError:
            return  # the reader sees the end of the connection too, and says so
        if done and self._waiting_to_write:
            self._loop.remove_writer(self._fd)
        elif not done and not self._waiting_to_write:
            self._loop.add_writer(self._fd, self._write)
        self._waiting_to_write = not done

    def _house_keeping(self) -> None:
        self._misc = self._loop.call_later(_MISC_INTERVAL_S, self._house_keeping)
        self._client.loop_misc()

    def _on_paho_message(self, _c: Any, _d: Any, m: paho.MQTTMessage) -> None:
        self._deliver(m.topic, bytes(m.payload), m.qos, m.retain, m.mid, m.dup)

    def _deliver(  # noqa: PLR0917 - once a frame: keywords would cost
        self, topic: str, payload: bytes, qos: int, retain: bool, mid: int, again: bool
    ) -> None:
        self._on_message(self, topic, payload, qos, retain, mid, again)

    def _on_connect(self, _c: Any, _d: Any, _flags: Any, reason: ReasonCode, _p: Any) -> None:
        if self._accepted.done():
            return
        if reason.is_failure:
            detail = f"{self._settings}: the broker refused: {reason}"
            self._accepted.set_exception(MessagingError(MessagingReason.REFUSED, detail))
        else:
            self._accepted.set_result(None)

    def _on_disconnect(self, _c: Any, _d: Any, _flags: Any, reason: ReasonCode, _p: Any) -> None:
        self._detach()
        words = self._ended(str(reason))
        if not self._accepted.done():
            self._accepted.set_exception(MessagingError(MessagingReason.REFUSED, words))
        if not self.lost.done():
            self.lost.set_result(words)
        error = NotConnected(words)
        futures: list[asyncio.Future[Any]] = [*self._pending.values(), *self._subscribing.values()]
        for future in futures:
            if not future.done():
                future.set_exception(error)
                future.exception()  # nobody has to wait for it
        self._pending.clear()
        self._subscribing.clear()

    def _ended(self, reason: str) -> str:
        sock = self._client.last_socket
        broke = sock.broke if sock is not None else None
        return f"connection to {self._settings} ended: {reason if broke is None else socket_words(broke)}"

    def _on_publish(self, _c: Any, _d: Any, mid: int, _reason: Any, _p: Any) -> None:
        future = self._pending.pop(mid, None)
        if future is not None and not future.done():
            future.set_result(None)

    def _on_subscribe(self, _c: Any, _d: Any, mid: int, reasons: list[ReasonCode], _p: Any) -> None:
        future = self._subscribing.pop(mid, None)
        if future is not None and not future.done():
            future.set_result(reasons)

    async def subscribe(self, filters: list[tuple[str, int]]) -> None:
        """Subscribe and wait for the broker's word.

        Raises:
            MessagingError: the broker refused a filter, or the connection went.
        """
        _, mid = self._client.subscribe(filters)
        if mid is None:
            raise NotConnected
        future: asyncio.Future[list[ReasonCode]] = self._loop.create_future()
        self._subscribing[mid] = future
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reasons = await future
        for (name, _), reason in zip(filters, reasons, strict=False):
            if reason.value >= _REFUSED_CODE:
                raise MessagingError(MessagingReason.REFUSED, f"the broker refused the subscription {name}")

    def unsubscribe(self, topic_filter: str) -> None:
        """Tell the broker that nobody wants this any more; what is under way still comes."""
        self._client.unsubscribe(topic_filter)

    def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> Publication:
        """Send now; see MqttLink.publish."""
        info = self._client.publish(topic, payload, qos, retain)
        if info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            raise MessagingError(MessagingReason.WINDOW_FULL, "65535 publications are not acknowledged yet")
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise NotConnected
        future: asyncio.Future[None] = self._loop.create_future()
        self._pending[info.mid] = future
        return Publication(future)

    def ack(self, mid: int, qos: int) -> None:
        """Acknowledge a delivery of this connection."""
        if self._fd >= 0:
            self._client.ack(mid, qos)

    def close(self) -> None:
        """Say goodbye (no last will is sent) and let go of the socket."""
        if self._fd >= 0:
            self._client.disconnect()
            self._write()
        if (sock := self._client.socket()) is not None:
            self._detach()
            sock.close()
        if not self.lost.done():
            self.lost.set_result("closed")
