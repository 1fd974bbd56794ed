"""What the bridge itself costs: from the bytes of a notification to spool and MQTT, and back by receipts.

Eight sensors at 80 Hz, 8 samples a notification, a virtual minute. The radio, the broker and the socket are
left out: they are others' work. The baseline is what a simple script does with the same notifications: one
JSON object per sample, kept nowhere.
"""

import asyncio
import json
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.table import Row, cpu_seconds
from firmware_bridge.drivers.progressor import ProgressorDriver, Tag, decode
from firmware_bridge.frames.calibration import factory
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.frames.stream import Arrival, Stream
from firmware_bridge.outbox.outbox import Outbox
from firmware_bridge.settings import BridgeSettings
from firmware_bridge.spool.blocks import BLOCK_FRAMES
from firmware_bridge.spool.spool import Spool
from tempoband.contracts.receipts import Receipt, encode_receipt
from tempoband.messaging.link import Delivery, Publication

SENSORS, RATE_HZ, PER_PACKET, SECONDS = 8, 80, 8, 60
UTC0 = 1_790_000_000_000_000
TRAITS = ProgressorDriver.traits
WEEK_SAMPLES = 7 * 2 * 3600 * RATE_HZ


def notifications():
    """(arrival in us, bytes) of one sensor."""
    rng = np.random.default_rng(1)
    n = RATE_HZ * SECONDS
    ticks = (np.arange(n) * 1e6 / RATE_HZ).astype(np.uint32)
    kg = (3 + 2 * np.sin(np.arange(n) / 40) + rng.normal(0, 0.0015, n)).astype(np.float32)
    pairs = np.empty(n, [("kg", "<f4"), ("us", "<u4")])
    pairs["kg"], pairs["us"] = kg, ticks
    for i in range(0, n, PER_PACKET):
        value = pairs[i : i + PER_PACKET].tobytes()
        at_us = int(ticks[i + PER_PACKET - 1]) + int(rng.uniform(2_000, 45_000))
        yield at_us, bytes([Tag.WEIGHT, len(value)]) + value


PACKETS = list(notifications())


class NoLink:
    """Takes everything and acknowledges at once; receipts are handed in by the benchmark."""

    connected = True

    def __init__(self):
        self.handlers = []
        self.acked = asyncio.get_running_loop().create_future()
        self.acked.set_result(None)

    def subscribe(self, _filter, _qos, handler):
        self.handlers.append(handler)

    def on_disconnected(self, callback):
        pass

    def publish(self, _topic, _payload, qos):
        del qos
        return Publication(self.acked)


def bridge_minute(folder: Path) -> None:
    asyncio.run(_bridge_minute(folder))


async def _bridge_minute(folder):
    spool, link, now = Spool(folder), NoLink(), [0]
    outbox = Outbox(BridgeSettings(id="bench"), spool, link, lambda: HostTime(now[0], UTC0 + now[0]))
    on_receipt = link.handlers[0]
    streams = [Stream(TRAITS, factory(TRAITS)) for _ in range(SENSORS)]
    receipted = dict.fromkeys(range(SENSORS), 0)
    for i, (at_us, packet) in enumerate(PACKETS):
        now[0] = at_us
        for number, stream in enumerate(streams):
            stream.push(Arrival(decode(packet), HostTime(at_us, UTC0 + at_us)))
            outbox.accept("s", stream.cut())
            if i % 3 == 2:  # ingest commits four times a second
                last = i - 1
                receipt = Receipt(stream.id, ((receipted[number], last),))
                on_receipt(Delivery("", encode_receipt(receipt), 1, False))
                receipted[number] = last + 1
        if i % 10 == 9:
            spool.sync()
            await asyncio.sleep(0)
    spool.close()


def naive_minute() -> None:
    for _ in range(SENSORS):
        for at_us, packet in PACKETS:
            for j in range(2, 2 + packet[1], 8):
                kg, us = struct.unpack_from("<fI", packet, j)
                json.dumps({"sensor": "s", "time": at_us, "device_us": us, "force_kg": kg})


def spool_week_mb() -> float:
    """Megabytes of a week at two hours a day, from an hour's frames."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_unreceipted(Path(folder)))
        spool = Spool(Path(folder))
        while spool.pack(2**62):
            pass
        samples = sum(f.samples for f in spool.oldest(10**6))
        megabytes = spool.bytes_used() / samples * WEEK_SAMPLES / 1e6
        spool.close()
    return megabytes


async def _unreceipted(folder):
    spool, now = Spool(folder), [0]
    outbox = Outbox(BridgeSettings(id="bench"), spool, NoLink(), lambda: HostTime(now[0], UTC0 + now[0]))
    stream = Stream(TRAITS, factory(TRAITS))
    for turn in range(BLOCK_FRAMES // 60 + 4):
        for at_us, packet in PACKETS:
            samples = decode(packet)
            shift_us = turn * SECONDS * 1_000_000
            samples.ticks[:] += shift_us
            now[0] = at_us + shift_us
            stream.push(Arrival(samples, HostTime(now[0], UTC0 + now[0])))
            outbox.accept("s", stream.cut())
    spool.close()


def rows() -> Iterator[Row]:
    naive_s = cpu_seconds(naive_minute)

    def once():
        with tempfile.TemporaryDirectory() as folder:
            bridge_minute(Path(folder))

    share = 100 * cpu_seconds(once) / SECONDS
    yield Row(
        "bridge, 8 sensors at 80 Hz: decode, clock, spool, publish, receipts",
        share,
        "% of a core",
        "< 10 %",
        share < 10,
        "a JSON object per sample, kept nowhere",
        100 * naive_s / SECONDS,
    )
    week = spool_week_mb()
    yield Row(
        "spool of a week at 2 h a day",
        week,
        "MB",
        "<= 50 MB",
        week <= 50,
        "12 bytes a sample, raw",
        WEEK_SAMPLES * 12 / 1e6,
    )
