"""Stands before the embedded broker: nobody reaches it without a credential, under a name of their own.

The CONNECT packet is read here, checked, and passed on with what the broker may believe: a user name that
says who was admitted, and a client id inside that credential's own name, so that nobody takes over the
session of another.
"""

import asyncio
from collections.abc import Callable
from functools import lru_cache

from amqtt.adapters import ReaderAdapter
from amqtt.errors import AMQTTError, MQTTError, NoDataError
from amqtt.mqtt.connect import ConnectPacket
from amqtt.mqtt.packet import CONNECT, MQTTFixedHeader

from tempoband.contracts.topic_rules import Access, Credential, Holder, allowed
from tempoband.messaging.errors import MessagingError, MessagingReason

Check = Callable[[str, str], Credential | None]
"""User name and password to who that is; None: nobody."""

NOT_AUTHORISED = b"\x20\x02\x00\x05"  # CONNACK, return code 5
_CONNECT_TIMEOUT_S = 10.0
_MAX_CONNECT_BYTES = 8 * 1024


class Admitted(ReaderAdapter):
    """A client's stream, its CONNECT packet exchanged for ours."""

    def __init__(self, first: bytes, rest: ReaderAdapter) -> None:
        self._first = first
        self._rest = rest

    async def read(self, n: int = -1) -> bytes:
        """As the wrapped reader's, after what was put in front."""
        if not self._first:
            return await self._rest.read(n)
        size = len(self._first) if n < 0 else n
        piece, self._first = self._first[:size], self._first[size:]
        return piece

    def feed_eof(self) -> None:
        """Pass on."""
        self._rest.feed_eof()


async def admit(reader: ReaderAdapter, check: Check) -> tuple[Credential, ReaderAdapter]:
    """Let a client in, or not.

    Raises:
        MessagingError: no CONNECT came, its credential is not known, or its last will is not its own.
    """
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            packet = await _connect_packet(reader)
    except (TimeoutError, AMQTTError, MQTTError, NoDataError, ValueError, AttributeError) as error:
        raise MessagingError(MessagingReason.REFUSED, f"no CONNECT: {type(error).__name__}") from error
    credential = check(packet.username or "", packet.password or "")
    if credential is None:
        raise MessagingError(MessagingReason.REFUSED, "unknown user name or password")
    if packet.will_flag and not allowed(credential, Access.WRITE, packet.will_topic or ""):
        raise MessagingError(MessagingReason.REFUSED, f"{credential.id}: a last will on a foreign topic")
    return credential, Admitted(_rewritten(packet, credential), reader)


async def _connect_packet(reader: ReaderAdapter) -> ConnectPacket:
    header = await MQTTFixedHeader.from_stream(reader)
    if header is None or header.packet_type != CONNECT or header.remaining_length > _MAX_CONNECT_BYTES:
        raise ValueError("the first packet is no CONNECT")
    packet = await ConnectPacket.from_stream(reader, header)
    if packet.variable_header is None or packet.payload is None:
        raise ValueError("an empty CONNECT")
    return packet


def _rewritten(packet: ConnectPacket, credential: Credential) -> bytes:
    packet.username_flag, packet.password_flag = True, False
    packet.username, packet.password = f"{credential.holder}:{credential.id}", ""
    packet.client_id = f"{credential.id}/{packet.client_id}"
    return bytes(packet.to_bytes())


@lru_cache(maxsize=4096)
def admitted_as(username: str | None) -> Credential | None:
    """Who a session belongs to, from the user name that ``admit`` gave it."""
    holder, _, name = (username or "").partition(":")
    return Credential(Holder(holder), name) if holder and name else None
