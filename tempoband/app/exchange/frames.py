"""Frames as rows and back, exact to the bit.

A frame whose bytes are not those that our encoder gives for its content carries them beside it.
"""

import base64
import csv
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

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
SAMPLE_COLUMNS = ("stream", "seq", "time_us", "counts", "tension_n")
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


def write_ndjson(frames: Iterable[StoredFrame], file: TextIO) -> int:
    """One frame a line; returns samples written."""
    samples = 0
    for stored in frames:
        row = header_row(stored)
        row["dt_us"], row["counts"] = stored.frame.dt_us.tolist(), stored.frame.counts.tolist()
        file.write(json.dumps(row, separators=(",", ":"), allow_nan=False) + "\n")
        samples += len(stored.frame)
    return samples


def read_ndjson(path: Path, sensor: str) -> Iterator[tuple[int, StoredFrame]]:
    """(line, frame) of a file that ``write_ndjson`` wrote."""
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file, start=1):
            row = json.loads(text)
            yield line, frame_from(sensor, row, row["dt_us"], row["counts"])


def write_csv(frames: Iterable[StoredFrame], samples_file: TextIO, frames_file: TextIO) -> int:
    """One sample a row, and one frame a row in the other file; returns samples written."""
    sample_rows, frame_rows = csv.writer(samples_file), csv.writer(frames_file)
    sample_rows.writerow(SAMPLE_COLUMNS)
    frame_rows.writerow(FRAME_COLUMNS)
    samples = 0
    for stored in frames:
        frame = stored.frame
        row = header_row(stored)
        frame_rows.writerow(["" if row[c] is None else row[c] for c in FRAME_COLUMNS])
        columns = (frame.time_us.tolist(), frame.counts.tolist(), frame.tension_n.tolist())
        sample_rows.writerows((frame.stream, frame.seq, *sample) for sample in zip(*columns, strict=True))
        samples += len(frame)
    return samples


def read_csv(samples_path: Path, frames_path: Path, sensor: str) -> Iterator[tuple[int, StoredFrame]]:
    """(line of the samples file, frame) of a pair of files that ``write_csv`` wrote."""
    with samples_path.open(encoding="utf-8", newline="") as one, frames_path.open(encoding="utf-8") as other:
        samples = csv.DictReader(one)
        for row in csv.DictReader(other):
            own = list(islice(samples, int(row["n"])))
            if len(own) != int(row["n"]) or any(
                (s["stream"], s["seq"]) != (row["stream"], row["seq"]) for s in own
            ):
                raise ValueError(f"the samples of frame {row['stream']} {row['seq']} are not all there")
            t0_us = int(row["t0_us"])
            times = (int(s["time_us"]) - t0_us for s in own)
            yield samples.line_num, frame_from(sensor, row, times, (int(s["counts"]) for s in own))
