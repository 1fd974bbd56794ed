"""Frames in files and back: NDJSON, or CSV in pairs."""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from tempoband.storage.timeseries.base import StoredFrame
from tempoband.storage.timeseries.frame_rows import (
    FRAME_COLUMNS,
    frame_from,
    frame_line,
    frame_of_line,
    header_row,
)

SAMPLE_COLUMNS = ("stream", "seq", "time_us", "counts", "tension_n")


def write_ndjson(frames: Iterable[StoredFrame], file: TextIO) -> int:
    """One frame a line; returns samples written."""
    samples = 0
    for stored in frames:
        file.write(frame_line(stored))
        samples += len(stored.frame)
    return samples


def read_ndjson(path: Path, sensor: str) -> Iterator[tuple[int, StoredFrame]]:
    """(line, frame) of a file that ``write_ndjson`` wrote."""
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file, start=1):
            yield line, frame_of_line(sensor, text)


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
