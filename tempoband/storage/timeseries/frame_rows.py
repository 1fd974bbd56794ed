"""Frames as rows and back, exact to the bit.

A frame whose bytes are not those that our encoder gives for its content carries them beside it.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, decode_frame, encode_frame
from tempoband.storage.timeseries.base import StoredFrame

FRAME_COLUMNS = (
    "bridge",
    "stream",
    "seq",
    "t0_us",
    "n",
    "scale_n",
    "offset_n",
    "calibration_id",
    "ticks",
    "clock",
    "rate_hz",
    "lost",
    "loss",
    "payload",
)
Row = dict[str, Any]


def header_row(stored: StoredFrame) -> Row:
    """Everything of a frame but its samples."""
    frame = stored.frame
    same = encode_frame(frame) == stored.payload
    return {
        "bridge": stored.bridge,
        "stream": frame.stream,
        "seq": frame.seq,
        "t0_us": frame.t0_us,
        "n": len(frame),
        "scale_n": frame.scale_n,
        "offset_n": frame.offset_n,
        "calibration_id": frame.calibration_id,
        "ticks": frame.ticks,
        "clock": str(frame.clock),
        "rate_hz": frame.rate_hz,
        "lost": frame.lost,
        "loss": str(frame.loss),
        "payload": None if same else base64.b64encode(stored.payload).decode(),
    }


def frame_from(sensor: str, row: Row, dt_us: Iterable[int], counts: Iterable[int]) -> StoredFrame:
    """A frame from its row and samples, as the store had it.

    Raises:
        ValueError, KeyError, OverflowError: the row is not one of ours.
        ContractError: the bytes it carries are no frame.
    """
    if row.get("payload"):
        payload = base64.b64decode(row["payload"], validate=True)
        return StoredFrame(sensor, row["bridge"], decode_frame(payload), payload)
    frame = Frame(
        stream=row["stream"],
        seq=int(row["seq"]),
        t0_us=int(row["t0_us"]),
        dt_us=np.fromiter(dt_us, dtype=np.uint32),
        counts=np.fromiter(counts, dtype=np.int32),
        scale_n=float(row["scale_n"]),
        offset_n=float(row["offset_n"]),
        calibration_id=row["calibration_id"],
        ticks=None if row["ticks"] in (None, "") else int(row["ticks"]),
        clock=ClockKind(row["clock"]),
        rate_hz=float(row["rate_hz"]),
        lost=int(row["lost"]),
        loss=LossKnowledge(row["loss"]),
    )
    payload = encode_frame(frame)
    return StoredFrame(sensor, row["bridge"], decode_frame(payload), payload)


def frame_line(stored: StoredFrame) -> str:
    """A frame as one line of JSON."""
    row = header_row(stored)
    row["dt_us"], row["counts"] = stored.frame.dt_us.tolist(), stored.frame.counts.tolist()
    return json.dumps(row, separators=(",", ":"), allow_nan=False) + "\n"


def frame_of_line(sensor: str, text: str | bytes) -> StoredFrame:
    """The frame of such a line.

    Raises:
        ValueError, KeyError, TypeError, OverflowError: the line is not one of ours.
        ContractError: the bytes it carries are no frame.
    """
    row = json.loads(text)
    return frame_from(sensor, row, row["dt_us"], row["counts"])
