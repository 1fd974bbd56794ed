"""Publishes N frames of 25 samples over 8 streams as fast as the broker acknowledges them.

``python -m bench.programs.publisher cbor|json PORT N``
"""

import asyncio
import json
import logging
import sys

import numpy as np
import structlog

from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, encode_frame
from tempoband.contracts.topics import UpKind, up
from tempoband.messaging.link import MqttLink
from tempoband.messaging.settings import MqttSettings

SAMPLES = 25
STREAMS = 8
T0_US = 1_780_000_000_000_000
BURST = 200


def frame(stream: int, seq: int) -> Frame:
    random = np.random.default_rng([stream, seq])
    index = seq * SAMPLES + np.arange(SAMPLES)
    time_us = T0_US + index * 12_500 + random.integers(-3, 4, SAMPLES)
    return Frame(
        stream=f"{stream:016x}",
        seq=seq,
        t0_us=int(time_us[0]),
        dt_us=(time_us - time_us[0]).astype(np.uint32),
        counts=(4000 + 3000 * np.sin(index / 51) + random.normal(0, 2, SAMPLES)).astype(np.int32),
        scale_n=0.01,
        offset_n=0.0,
        calibration_id="factory",
        ticks=int(time_us[0] - T0_US),
        clock=ClockKind.DEVICE,
        rate_hz=80.0,
        lost=0,
        loss=LossKnowledge.ESTIMATED,
    )


def payload(kind: str, made: Frame) -> bytes:
    if kind == "cbor":
        return encode_frame(made)
    return json.dumps({"t": made.time_us.tolist(), "n": made.tension_n.round(2).tolist()}).encode()


async def main(kind: str, port: int, most: int) -> None:
    messages = [
        (
            up(f"bench-{n % STREAMS}", f"band-{n % STREAMS}", UpKind.FRAMES),
            payload(kind, frame(n % STREAMS, n // STREAMS)),
        )
        for n in range(most)
    ]
    link = MqttLink(MqttSettings(port=port), "bench-publisher")
    connected = asyncio.Event()
    link.on_connected(connected.set)
    running = asyncio.create_task(link.run())
    await connected.wait()
    for start in range(0, most, BURST):
        for publication in [link.publish(*message) for message in messages[start : start + BURST]]:
            await publication
    running.cancel()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
