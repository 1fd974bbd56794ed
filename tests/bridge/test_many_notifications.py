"""100,000 random notifications to each decoder: no crash, every reject counted."""

import random
import struct

import pytest

from firmware_bridge.drivers.base import Samples
from firmware_bridge.drivers.progressor import Tag
from firmware_bridge.drivers.progressor import decode as decode_progressor
from firmware_bridge.drivers.wh_c06 import decode as decode_wh_c06
from firmware_bridge.errors import DecodeError, DecodeReason
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.radio.link import Inbox

NOTIFICATIONS = 100_000


def near_miss(rng):
    """A good weight notification with something wrong, most of the time."""
    n = rng.randrange(0, 32)
    value = b"".join(struct.pack("<fI", rng.gauss(5, 3), rng.getrandbits(32)) for _ in range(n))
    packet = bytearray(bytes([Tag.WEIGHT, len(value)]) + value)
    for _ in range(rng.randrange(3)):
        packet[rng.randrange(len(packet))] ^= 1 << rng.randrange(8)
    return bytes(packet[: rng.randrange(len(packet) + 1)] if rng.random() < 0.3 else packet)


@pytest.mark.parametrize("decode", [decode_progressor, decode_wh_c06])
def test_random_notifications_never_crash_and_every_reject_is_counted(decode):
    rng = random.Random(20260)
    inbox, good, other = Inbox(lambda: HostTime(0, 0)), 0, 0
    for i in range(NOTIFICATIONS):
        packet = near_miss(rng) if i % 2 else rng.randbytes(rng.randrange(0, 64))
        try:
            message = decode(packet)
        except DecodeError as error:
            if error.reason is not DecodeReason.CUT:  # three in a row would end the link
                inbox.rejected(error)
            else:
                inbox.rejects[error.reason] += 1
            continue
        if isinstance(message, Samples):
            inbox.samples(message)
            good += 1
        else:
            other += 1
    assert len(inbox.drain()) == good > 1000
    assert good + other + sum(inbox.rejects.values()) == NOTIFICATIONS
