"""Reads recordings that other programs exported: CSV whose header says what the columns are."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tempoband.app.errors import AppError, AppReason
from tempoband.contracts.units import NEWTONS_PER_KGF, NEWTONS_PER_LBF

SECONDS_PER_TIME_COLUMN = {"time_s": 1.0, "time_ms": 1e-3, "time_us": 1e-6}
UNITLESS_TIME_COLUMNS = ("timestamp", "time")  # ISO 8601, or a number whose step tells the unit
NEWTONS_PER_TENSION_COLUMN = {
    "tension_n": 1.0,
    "force_n": 1.0,
    "force_kg": NEWTONS_PER_KGF,
    "weight_kg": NEWTONS_PER_KGF,
    "weight": NEWTONS_PER_KGF,  # as Progressor apps export it
    "force_lb": NEWTONS_PER_LBF,
}
# Force sensors sample at 5 to 1000 Hz, so the step of a unitless time can be only one of these.
_FASTEST_S, _SLOWEST_S = 0.001, 0.2
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
ACCEPTED = (
    f"accepted are one time column ({', '.join([*SECONDS_PER_TIME_COLUMN, *UNITLESS_TIME_COLUMNS])})"
    f" and one tension column ({', '.join(NEWTONS_PER_TENSION_COLUMN)})"
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording in its file's own time base.

    Attributes:
        time_s: float64, shape (n,), strictly rising.
        tension_n: float64, shape (n,).
        notes: what was converted or merged, in words.
    """

    time_s: npt.NDArray[np.float64]
    tension_n: npt.NDArray[np.float64]
    notes: tuple[str, ...] = ()


def read_recording(path: Path) -> Recording:
    """Read one CSV file.

    Raises:
        AppError: BAD_FILE, naming the file, the line where there is one, and what is accepted.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "not a text file"
        raise AppError(AppReason.BAD_FILE, f"{path}: {words}") from error
    lines = text.splitlines()
    if not lines:
        raise AppError(AppReason.BAD_FILE, f"{path}: the file is empty; {ACCEPTED}")
    delimiter = max(",;\t", key=lines[0].count)
    header = [name.strip().strip('"').lower() for name in lines[0].split(delimiter)]
    time_name = _one_of(header, [*SECONDS_PER_TIME_COLUMN, *UNITLESS_TIME_COLUMNS], "time", path)
    tension_name = _one_of(header, list(NEWTONS_PER_TENSION_COLUMN), "tension", path)
    wanted = (header.index(time_name), header.index(tension_name))
    rows = list(_rows(lines, delimiter, wanted, path))
    if not rows:
        raise AppError(AppReason.BAD_FILE, f"{path}: line 1 is a header, but no sample follows")
    return _convert(rows, time_name, tension_name, path)


def _one_of(header: Sequence[str], known: Sequence[str], what: str, path: Path) -> str:
    found = [name for name in header if name in known]
    if len(found) == 1:
        return found[0]
    problem = f"no {what} column" if not found else f"more than one {what} column ({', '.join(found)})"
    raise AppError(
        AppReason.BAD_FILE, f"{path}: line 1: {problem} in the header '{','.join(header)}'; {ACCEPTED}"
    )


def _rows(
    lines: Sequence[str], delimiter: str, wanted: tuple[int, int], path: Path
) -> Iterator[tuple[int, float, float]]:
    """(line number, time, tension) of every non-blank line."""
    decimal_comma = delimiter != ","
    for number, cells in enumerate(csv.reader(lines[1:], delimiter=delimiter), start=2):
        if not any(cell.strip() for cell in cells):
            continue
        values = []
        for index in wanted:
            if index >= len(cells):
                raise AppError(
                    AppReason.BAD_FILE, f"{path}: line {number}: {len(cells)} columns, the header has more"
                )
            values.append(_number(cells[index], decimal_comma=decimal_comma, where=f"{path}: line {number}"))
        yield number, values[0], values[1]


def _number(cell: str, *, decimal_comma: bool, where: str) -> float:
    word = cell.strip().replace(",", ".") if decimal_comma else cell.strip()
    try:
        value = float(word)
    except ValueError:
        value = _iso_seconds(word)
    if not math.isfinite(value):
        raise AppError(AppReason.BAD_FILE, f"{where}: {cell!r} is not a number")
    return value


def _iso_seconds(word: str) -> float:
    try:
        return datetime.fromisoformat(word).timestamp()
    except ValueError:
        return math.nan


def _convert(
    rows: Sequence[tuple[int, float, float]], time_name: str, tension_name: str, path: Path
) -> Recording:
    for (_, before, _), (number, now, _) in pairwise(rows):
        if now < before:
            raise AppError(
                AppReason.BAD_FILE,
                f"{path}: line {number}: time runs backwards ({now:g} after {before:g});"
                " sort the file or cut it where the recording restarts",
            )
    raw_time = np.array([row[1] for row in rows])
    tension_n = np.array([row[2] for row in rows]) * NEWTONS_PER_TENSION_COLUMN[tension_name]
    scale, notes = _time_scale(raw_time, time_name, path)
    time_s, tension_n, merged = _merge_equal(raw_time * scale, tension_n)
    if merged:
        notes.append(f"{merged} samples with equal time stamps merged")
    if tension_name not in ("tension_n", "force_n"):
        notes.append(f"{tension_name} converted to newtons")
    return Recording(time_s, tension_n, tuple(notes))


def _time_scale(raw_time: npt.NDArray[np.float64], name: str, path: Path) -> tuple[float, list[str]]:
    """Seconds per unit of the time column, with a note where the step had to tell."""
    if name in SECONDS_PER_TIME_COLUMN:
        return SECONDS_PER_TIME_COLUMN[name], []
    steps = np.diff(raw_time)
    step = float(np.median(steps[steps > 0])) if np.any(steps > 0) else math.nan
    fitting = [unit for unit, seconds in _UNITS.items() if _FASTEST_S < step * seconds < _SLOWEST_S]
    if len(fitting) != 1:
        raise AppError(
            AppReason.BAD_FILE,
            f"{path}: line 1: the unit of '{name}' cannot be told from its step of {step:g};"
            f" name the column {', '.join(SECONDS_PER_TIME_COLUMN)}",
        )
    return _UNITS[fitting[0]], [f"'{name}' read as {fitting[0]}: its step of {step:g} fits no other unit"]


def _merge_equal(
    time_s: npt.NDArray[np.float64], tension_n: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], int]:
    """One sample per time stamp, the mean of those that share it; and how many were merged away."""
    unique, inverse, count = np.unique(time_s, return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, weights=tension_n) / count
    return unique, mean, len(time_s) - len(unique)
