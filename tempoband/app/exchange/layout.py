"""How an export lies in its folder.

    manifest.json                     format, kind, program version, the commit it was made at
    samples/<sensor>/<UTC day>.ndjson one frame a line, counts and microseconds exact
    samples/<sensor>/<UTC day>.csv    the same as one sample a row, with <UTC day>.frames.csv beside it
    samples/<sensor>/ledger.ndjson    how each stream ended, and what was given up
    samples/erased.ndjson             stretches that were erased: an import refuses them too
    records/<table>.ndjson | .csv     every row of every table

A day appears whole or not at all, so an interrupted export goes on where it stopped.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from tempoband.app.errors import AppError, AppReason

FORMAT = 1
MANIFEST = "manifest.json"
SAMPLES, RECORDS, LEDGER, ERASED = "samples", "records", "ledger.ndjson", "erased.ndjson"
FRAMES_CSV = ".frames.csv"
DAY_US = 24 * 3600 * 1_000_000


class Kind(StrEnum):
    """The two ways rows are written."""

    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export says of itself; ``cursor`` is the store's last commit before it was begun."""

    kind: Kind
    version: str
    cursor: int
    format: int = FORMAT


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder, or None where there is none.

    Raises:
        AppError: it cannot be read, or a newer program wrote it.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        given = json.loads(path.read_text())
        manifest = Manifest(Kind(given["kind"]), given["version"], int(given["cursor"]), int(given["format"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AppError(AppReason.BAD_FILE, f"{path} is no manifest of an export: {error}") from error
    if manifest.format > FORMAT:
        raise AppError(
            AppReason.BAD_FILE,
            f"{path}: format {manifest.format} is newer than this program ({FORMAT}); update tempoband",
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in place."""
    with appearing(folder / MANIFEST) as file:
        json.dump(asdict(manifest), file, indent=1)


@contextmanager
def appearing(path: Path) -> Iterator[TextIO]:
    """A text file that appears under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        yield file
    partial.replace(path)


def day_of(time_us: int) -> int:
    """First microsecond of the UTC day."""
    return time_us - time_us % DAY_US


def day_name(day_us: int) -> str:
    """The day as in file names: 2026-11-21."""
    return datetime.fromtimestamp(day_us / 1e6, UTC).strftime("%Y-%m-%d")
