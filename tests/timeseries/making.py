"""Streams of frames for the store's tests."""

from dataclasses import replace

import numpy as np

from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, encode_frame
from tempoband.storage.timeseries.base import StoredFrame

T0_US = 1_780_000_000_000_000
SENSOR, BRIDGE = "band-1", "home-1"
RATE_HZ = 80.0
A, B = "a" * 16, "b" * 16  # streams
FOREVER = (0, 2**52)


def make_frame(stream: str, seq: int, samples: int = 10, **changes: object) -> Frame:
    """A frame of a stream that began at T0_US; times jitter by some microseconds, counts by a few."""
    random = np.random.default_rng([int(stream, 16) % 2**32, seq])
    index = seq * samples + np.arange(samples)
    time_us = T0_US + index * 12_500 + random.integers(-4, 5, samples)
    frame = Frame(
        stream=stream,
        seq=seq,
        t0_us=int(time_us[0]),
        dt_us=(time_us - time_us[0]).astype(np.uint32),
        counts=(2000 + 1500 * np.sin(index / 50) + random.normal(0, 2, samples)).astype(np.int32),
        scale_n=0.01,
        offset_n=-0.5,
        calibration_id="factory",
        ticks=int(time_us[0] - T0_US) % 2**32,
        clock=ClockKind.DEVICE,
        rate_hz=RATE_HZ,
        lost=0,
        loss=LossKnowledge.ESTIMATED,
    )
    return replace(frame, **changes)


def make_stream(
    stream: str, frames: int, samples: int = 10, start: int = 0, **changes: object
) -> list[Frame]:
    return [make_frame(stream, seq, samples, **changes) for seq in range(start, start + frames)]


def stored(frame: Frame, sensor: str = SENSOR, bridge: str = BRIDGE) -> StoredFrame:
    return StoredFrame(sensor, bridge, frame, encode_frame(frame))


def all_stored(frames: list[Frame], sensor: str = SENSOR, bridge: str = BRIDGE) -> list[StoredFrame]:
    return [stored(frame, sensor, bridge) for frame in frames]


def samples_of(frames: list[Frame]) -> tuple[np.ndarray, np.ndarray]:
    """What a store must give back for these frames: time in microseconds, tension in newtons."""
    return np.concatenate([f.time_us for f in frames]), np.concatenate([f.tension_n for f in frames])
