"""The list of erasures beside the samples: what was taken away stays away after a restore."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tempoband.storage.timeseries.edit import Span
from tempoband.storage.timeseries.sqlite.failures import failures

ERASURES_NAME = "erasures.jsonl"


def note_erasure(data_dir: Path, sensor: str, span: Span) -> None:
    """Write an erasure down beside the samples, before it is done, so that a restore repeats it."""
    _note(data_dir, {"sensor": sensor, "start_us": span[0], "end_us": span[1]})


def note_forgotten(data_dir: Path, clinic_id: str, person_id: str) -> None:
    """Write down that a person was erased from the records of this folder, so that a restore repeats it."""
    _note(data_dir, {"clinic_id": clinic_id, "person_id": person_id})


def read_erasures(data_dir: Path) -> Iterator[tuple[str, Span]]:
    """Every erasure noted beside the samples."""
    for entry in _noted(data_dir):
        if "sensor" in entry:
            yield entry["sensor"], (entry["start_us"], entry["end_us"])


def noted(data_dir: Path, sensor: str, span: Span) -> bool:
    """Whether this erasure is written down already."""
    return (sensor, span) in set(read_erasures(data_dir))


def read_forgotten(data_dir: Path) -> Iterator[tuple[str, str]]:
    """(clinic, person) of everybody who was erased from the records of this folder."""
    for entry in _noted(data_dir):
        if "person_id" in entry:
            yield entry["clinic_id"], entry["person_id"]


def _note(data_dir: Path, entry: dict[str, str | int]) -> None:
    with failures("noting an erasure"), (data_dir / ERASURES_NAME).open("a") as file:
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _noted(data_dir: Path) -> Iterator[dict[str, Any]]:
    """A last line cut short by a power failure is passed over."""
    file = data_dir / ERASURES_NAME
    for line in file.read_text().splitlines() if file.exists() else ():
        with contextlib.suppress(json.JSONDecodeError):
            yield json.loads(line)
