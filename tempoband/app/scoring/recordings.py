"""Reads recordings that other programs exported: CSV whose header says what the columns are."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tempoband.app.errors import AppError, AppReason
from tempoband.app.scoring.foreign.columns import ACCEPTED, NEWTONS_PER, SECONDS_PER
from tempoband.app.scoring.foreign.rows import read_rows
from tempoband.app.scoring.foreign.table import Layout, Table, find_table
from tempoband.app.scoring.foreign.text import lines_of

# Force sensors sample at 5 to 1000 Hz, so the step of a unitless time can be only one of these.
_FASTEST_S, _SLOWEST_S = 0.001, 0.2
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording in its file's own time base.

    Attributes:
        time_s: float64, shape (n,), strictly rising.
        tension_n: float64, shape (n,).
        notes: what was converted, merged or passed over, in words.
    """

    time_s: Floats
    tension_n: Floats
    notes: tuple[str, ...] = ()


def read_recording(path: Path, layout: Layout | None = None) -> Recording:
    """Read one CSV file, gzipped or not.

    Raises:
        AppError: BAD_FILE, naming the file, the line where there is one, and what is accepted.
    """
    layout = layout or Layout()
    lines = lines_of(path)
    if not any(line.strip() for line in lines):
        raise AppError(AppReason.BAD_FILE, f"{path}: the file is empty; {ACCEPTED}")
    table = find_table(path, lines, layout)
    raw_time, raw_tension, void = read_rows(table)
    if not len(raw_tension):
        words = "no sample has a value" if void else f"line {table.first} is a header, but no sample follows"
        raise AppError(AppReason.BAD_FILE, f"{path}: {words}")
    notes = []
    if void:
        notes.append(f"{len(void)} sample{'s' * (len(void) > 1)} without a value, first in line {void[0]}")
    return _converted(table, (raw_time, raw_tension), layout, notes)


def _converted(table: Table, read: tuple[Floats, Floats], layout: Layout, notes: list[str]) -> Recording:
    raw_time, raw_tension = read
    scale = _time_scale(table, raw_time, layout, notes)
    time_s, tension, merged = _merge_equal(raw_time * scale, raw_tension)
    if merged:
        notes.append(f"{merged} samples with equal time stamps merged")
    unit = table.tension.unit or "n"
    if unit != "n":
        notes.append(f"{table.tension.name} converted to newtons ({unit})")
    tension_n = tension * NEWTONS_PER[unit]
    if _looks_reversed(tension_n):
        notes.append("most of the tension is below zero: is the sensor in the wrong way round?")
    return Recording(time_s, tension_n, tuple(notes))


def _looks_reversed(tension_n: Floats) -> bool:
    low, middle, high = np.percentile(tension_n, (1, 50, 99))
    return bool(middle < 0 and -low > 2 * abs(high))


def _time_scale(table: Table, raw_time: Floats, layout: Layout, notes: list[str]) -> float:
    """Seconds per unit of the time column, with a note where the step had to tell."""
    if layout.rate_hz and table.time is None:
        notes.append(f"no times in the file: {layout.rate_hz:g} samples a second, as told")
        return 1 / layout.rate_hz
    name, unit = (table.time.name, table.time.unit) if table.time else ("time", None)
    if unit is not None:
        return SECONDS_PER[unit]
    steps = np.diff(raw_time)
    step = float(np.median(steps[steps > 0])) if np.any(steps > 0) else math.nan
    fitting = [u for u, seconds in SECONDS_PER.items() if _FASTEST_S < step * seconds < _SLOWEST_S]
    if len(fitting) != 1:
        raise table.error(
            max(table.first, 1),
            f"the unit of '{name}' cannot be told from its step of {step:g};"
            " name the column time_s, time_ms or time_us, or tell it with --columns",
        )
    notes.append(f"'{name}' read as {fitting[0]}: its step of {step:g} fits no other unit")
    return SECONDS_PER[fitting[0]]


def _merge_equal(time_s: Floats, tension_n: Floats) -> tuple[Floats, Floats, int]:
    """One sample per time stamp, the mean of those that share it; and how many were merged away."""
    unique, inverse, count = np.unique(time_s, return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, weights=tension_n) / count
    return unique, mean, len(time_s) - len(unique)
