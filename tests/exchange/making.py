"""A session whose scores are known."""

import numpy as np

from tempoband.contracts.frame import encode_frame
from tempoband.storage.timeseries.base import StoredFrame
from tests.support.frames import STEP_US, even_frame

START_US = 1_750_000_000_000_000


def session_of(sensor: str, stream: str) -> list[StoredFrame]:
    """Six reps of 2-1-2-1 between stillness, in frames of a second."""
    time_s = np.arange(0, 60, 0.0125)
    since_s = time_s - 10
    working = (since_s >= 0) & (since_s < 36)
    ramp = np.interp(np.where(working, since_s % 6, 0), [0, 2, 3, 5, 6], [0, 1, 1, 0, 0])
    noise = np.random.default_rng(1).standard_normal(len(time_s)) * 0.02
    counts = np.rint((4 + 25 * (0.5 - 0.5 * np.cos(np.pi * ramp)) + noise) * 1000).astype(np.int32)
    frames = []
    for seq, first in enumerate(range(0, len(counts), 80)):
        frame = even_frame(stream, seq, counts[first : first + 80], t0_us=START_US + first * STEP_US)
        frames.append(StoredFrame(sensor, "bridge-1", frame, encode_frame(frame)))
    return frames
