"""Publishes N frames with QoS 1 as fast as the broker takes them, from bytes made beforehand.

``python -m bench.programs.flood PORT N``
"""

import socket
import sys

from bench.programs.publisher import STREAMS, frame, payload
from tempoband.contracts.topics import UpKind, up

BLOCK = 400
_CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x3c\x00\x05flood"
_CONNACK_BYTES = _PUBACK_BYTES = 4


def packet(mid: int, topic: str, content: bytes) -> bytes:
    name = topic.encode()
    rest = len(name).to_bytes(2) + name + mid.to_bytes(2) + content
    return b"\x32" + _length(len(rest)) + rest


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, digit = size >> 7, size & 127
        out.append(digit | (128 if size else 0))
        if not size:
            return bytes(out)


def block() -> bytes:
    topics = [up(f"bench-{n}", f"band-{n}", UpKind.FRAMES) for n in range(STREAMS)]
    frames = (frame(n % STREAMS, n // STREAMS) for n in range(BLOCK))
    return b"".join(packet(n + 1, topics[n % STREAMS], payload("cbor", f)) for n, f in enumerate(frames))


def receive(broker: socket.socket, size: int) -> None:
    while size:
        got = len(broker.recv(min(size, 65_536)))
        if not got:
            raise ConnectionError("the broker hung up")
        size -= got


def main(port: int, messages: int) -> None:
    sent = block()
    with socket.create_connection(("127.0.0.1", port)) as broker:
        broker.sendall(_CONNECT)
        receive(broker, _CONNACK_BYTES)
        for _ in range(messages // BLOCK):
            broker.sendall(sent)
            receive(broker, _PUBACK_BYTES * BLOCK)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
