"""What the tests of a running dashboard share."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect

from dashboard.live.wire import HEADER
from dashboard.services import Services
from tempoband.contracts.events import BridgeStatus, SensorState, SensorStatus
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, encode_frame
from tempoband.contracts.topics import UpKind, bridge_status, up
from tempoband.messaging.link import MqttLink
from tempoband.storage.timeseries.base import StoredFrame

BRIDGE, SENSOR = "home", "progressor-1"
T0 = 1_795_270_000_000_000
STREAM = "00c0ffee00c0ffee"


@dataclass(frozen=True)
class Served:
    host: str
    app: FastAPI
    http: httpx.AsyncClient

    @property
    def services(self) -> Services:
        return self.app.state.services

    def live(self, sensor: str = SENSOR, query: str = "", **options: Any) -> connect:
        return connect(f"ws://{self.host}/api/live/{sensor}{query}", **options)


@dataclass(frozen=True)
class Block:
    """A decoded sample message."""

    seq: int
    t0_us: int
    rate_hz: float
    lost: int
    stream_tag: int
    dt_us: list[int]
    tension_n: list[float]


def decode(message: bytes) -> Block:
    kind, version, n, seq, t0_us, rate_hz, lost, tag, reserved = HEADER.unpack_from(message)
    assert (kind, version, reserved, len(message)) == (1, 1, 0, 32 + 8 * n)
    dt_us = np.frombuffer(message, "<u4", n, 32).tolist()
    return Block(
        seq, int(t0_us), rate_hz, lost, tag, dt_us, np.frombuffer(message, "<f4", n, 32 + 4 * n).tolist()
    )


def frame(seq: int = 0, n: int = 8, **changes: Any) -> Frame:
    given: dict[str, Any] = {
        "stream": STREAM,
        "seq": seq,
        "t0_us": T0 + seq * n * 12_500,
        "dt_us": np.arange(n, dtype=np.uint32) * np.uint32(12_500),
        "counts": np.arange(n, dtype=np.int32) + seq,
        "scale_n": 0.5,
        "offset_n": 1.0,
        "calibration_id": "c",
        "ticks": None,
        "clock": ClockKind.DEVICE,
        "rate_hz": 80.0,
        "lost": 0,
        "loss": LossKnowledge.ESTIMATED,
    }
    return Frame(**(given | changes))


def stored(item: Frame, sensor: str = SENSOR) -> StoredFrame:
    return StoredFrame(sensor, BRIDGE, item, encode_frame(item))


def status(**changes: Any) -> SensorStatus:
    given: dict[str, Any] = {
        "bridge": BRIDGE,
        "sensor": SENSOR,
        "name": "Progressor 1",
        "state": SensorState.STREAMING,
        "at_us": T0,
        "can_tare": True,
    }
    return SensorStatus(**(given | changes))


async def say_status(link: MqttLink, told: SensorStatus) -> None:
    await link.publish(up(told.bridge, told.sensor, UpKind.STATUS), told.encode(), retain=True)


async def say_bridge(link: MqttLink, told: BridgeStatus) -> None:
    await link.publish(bridge_status(told.bridge), told.encode(), retain=True)


async def next_text(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next event of one type; pings are answered, samples passed over."""
    while True:
        message = await socket.recv()
        if isinstance(message, str):
            event = json.loads(message)
            if event["type"] == "ping":
                await socket.send(json.dumps({"type": "pong", "n": event["n"]}))
            elif event["type"] == kind:
                return dict(event)


async def next_block(socket: ClientConnection) -> Block:
    """The next samples; pings are answered, events passed over."""
    while True:
        message = await socket.recv()
        if isinstance(message, bytes):
            return decode(message)
        event = json.loads(message)
        if event["type"] == "ping":
            await socket.send(json.dumps({"type": "pong", "n": event["n"]}))
