"""paho's client where we need it different: a buffered socket, a lean receive path, a clean TLS failure."""

import socket
import ssl
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from tempoband.messaging.errors import MessagingError, MessagingReason
from tempoband.messaging.sockets import BufferedSocket


class Client(paho.Client):
    """Overrides three of paho's own steps; the rest is paho's."""

    deliver: Callable[[str, bytes, int, bool, int, bool], None]
    last_socket: BufferedSocket | None = None
    _raw: socket.socket | None = None

    def _handle_publish(self) -> MQTTErrorCode:
        """The same as paho's for MQTT 3.1.1 and QoS 0 or 1, without the objects nobody looks at.

        Every frame comes through here: it halves what receiving one costs.
        """
        command, packet = self._in_packet["command"], self._in_packet["packet"]
        qos = command >> 1 & 3
        if self._protocol != MQTTProtocolVersion.MQTTv311 or qos > 1:
            return super()._handle_publish()
        end = 2 + int.from_bytes(packet[:2])
        start = end + 2 * qos
        if len(packet) < start:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        try:
            topic = packet[2:end].decode()
        except UnicodeDecodeError:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        mid = int.from_bytes(packet[end:start])
        self.deliver(topic, bytes(packet[start:]), qos, bool(command & 1), mid, bool(command & 8))
        return self._send_puback(mid) if qos and not self._manual_ack else MQTTErrorCode.MQTT_ERR_SUCCESS

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        context, self._raw = self._ssl_context, tcp_sock
        if context is None:
            raise MessagingError(MessagingReason.TLS, "TLS without a context")
        self._raw = sock = context.wrap_socket(
            tcp_sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        sock.settimeout(self.connect_timeout)
        sock.do_handshake()
        return sock

    def _create_socket_connection(self) -> socket.socket:
        self._raw = super()._create_socket_connection()
        return self._raw

    def _create_socket(self) -> Any:
        try:
            sock: Any = super()._create_socket()
        except BaseException:  # paho forgets the socket when TLS or the websocket handshake fails
            if self._raw is not None:
                self._raw.close()
            raise
        inner = getattr(sock, "_socket", sock)  # the one inside paho's websocket wrapper
        if inner.family in (socket.AF_INET, socket.AF_INET6):
            inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.last_socket = BufferedSocket(sock)
        return self.last_socket
