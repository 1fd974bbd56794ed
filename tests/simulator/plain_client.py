"""What a user would write with bleak for a real sensor: nothing here knows of the simulator."""

import asyncio
import struct
from itertools import pairwise

DATA, CONTROL = "7e4e1702-1ea6-40c9-9dcc-13d34ffead57", "7e4e1703-1ea6-40c9-9dcc-13d34ffead57"


class Listener:
    """Sorts notifications into samples, replies and broken packets."""

    def __init__(self):
        self.samples, self.replies, self.broken, self.arrivals_s, self.lengths = [], [], 0, [], []

    def __call__(self, _characteristic, data):
        self.arrivals_s.append(asyncio.get_running_loop().time())
        self.lengths.append(len(data))
        if len(data) < 2 or len(data) != 2 + data[1] or (data[0] == 1 and data[1] % 8):
            self.broken += 1
        elif data[0] == 1:
            self.samples += struct.iter_unpack("<fI", data[2:])
        else:
            self.replies.append(bytes(data))

    @property
    def device_us(self):
        return [us for _, us in self.samples]

    def steps_us(self):
        return [(b - a) % 2**32 for a, b in pairwise(self.device_us)]


async def command(client, opcode, *, response=True):
    await client.write_gatt_char(CONTROL, bytes([opcode]), response=response)


async def stream(client, seconds, listener=None):
    listener = listener or Listener()
    await client.start_notify(DATA, listener)
    await command(client, 0x65)
    await asyncio.sleep(seconds)
    if client.is_connected:
        await command(client, 0x66)
    return listener
