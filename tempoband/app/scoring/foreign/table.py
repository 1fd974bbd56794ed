"""Where the samples of a file are: by its own header, or by what the person told."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tempoband.app.errors import AppError, AppReason
from tempoband.app.scoring.foreign.columns import ACCEPTED, IGNORED, Column, Quantity, column_of, columns_of
from tempoband.app.scoring.foreign.text import delimiter_of
from tempoband.app.scoring.foreign.values import value_of

_PREAMBLE = 40  # lines before the header that some programs write


@dataclass(frozen=True, slots=True)
class Layout:
    """What the person tells about files that do not say it: names of their columns, and the rate.

    Raises:
        ValueError: a name that is not understood, or a rate that is none.
    """

    columns: tuple[str, ...] = ()
    rate_hz: float | None = None

    def __post_init__(self) -> None:
        if self.rate_hz is not None and not (math.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise ValueError(f"--rate must be a positive number of samples per second, not {self.rate_hz!r}")
        for name in self.columns:
            if name != IGNORED and column_of(0, name) is None:
                raise ValueError(f"--columns: {name!r} is not understood; {ACCEPTED}; {IGNORED} = not read")


@dataclass(frozen=True, slots=True)
class Table:
    """Where the samples of a file are: ``first`` is the index of their first line."""

    path: Path
    lines: list[str]
    first: int
    delimiter: str | None
    time: Column | None
    tension: Column

    def error(self, line: int, words: str) -> AppError:
        """What is wrong in a line, counted from 1."""
        return AppError(AppReason.BAD_FILE, f"{self.path}: line {line}: {words}")


def find_table(path: Path, lines: list[str], layout: Layout) -> Table:
    """By the names that were told, else by the header of the file.

    Raises:
        AppError: BAD_FILE where neither gives one tension column and its times.
    """
    return _told_table(path, lines, layout) if layout.columns else _own_table(path, lines, layout)


def _own_table(path: Path, lines: list[str], layout: Layout) -> Table:
    """By the file's own header: the first line that names a tension, and a time unless the rate is told."""
    first = next(k for k, line in enumerate(lines) if line.strip())
    for k in range(first, min(first + _PREAMBLE, len(lines))):
        found = columns_of(cells_of(lines[k], delimiter_of(lines[k])))
        quantities = {c.quantity for c in found}
        if Quantity.TENSION in quantities and (layout.rate_hz or Quantity.TIME in quantities):
            return _table(path, lines, (k, k + 1), found, layout)
    header = cells_of(lines[first], delimiter_of(lines[first]))
    return _table(path, lines, (first, first + 1), columns_of(header), layout)


def _told_table(path: Path, lines: list[str], layout: Layout) -> Table:
    """By the names that were told: samples begin at the first line whose cells are numbers."""
    found = columns_of(layout.columns)
    for k, line in enumerate(lines[: _PREAMBLE + 1]):
        delimiter = delimiter_of(line)
        cells = cells_of(line, delimiter)
        if len(cells) >= len(layout.columns) and all(_is_number(cells[c.index], delimiter) for c in found):
            return _table(path, lines, (k, k), found, layout)
    raise AppError(
        AppReason.BAD_FILE, f"{path}: no line with numbers for --columns {','.join(layout.columns)}"
    )


def _table(
    path: Path, lines: list[str], header_first: tuple[int, int], found: Sequence[Column], layout: Layout
) -> Table:
    header, first = header_first
    delimiter = delimiter_of(lines[header])
    of = {q: [c for c in found if c.quantity is q] for q in Quantity}
    for quantity, columns in of.items():
        if len(columns) == 1 or (not columns and quantity is Quantity.TIME and layout.rate_hz):
            continue
        names = ", ".join(c.name for c in columns)
        problem = f"more than one {quantity} column ({names})" if names else f"no {quantity} column"
        text = lines[header].strip()[:80]
        remedy = "" if names or quantity is Quantity.TENSION else "; --rate HZ where there is none"
        raise AppError(
            AppReason.BAD_FILE,
            f"{path}: line {header + 1}: {problem} in the header '{text}'; {ACCEPTED}{remedy}",
        )
    time = of[Quantity.TIME][0] if of[Quantity.TIME] else None
    return Table(path, lines, first, delimiter, time, of[Quantity.TENSION][0])


def cells_of(line: str, delimiter: str | None) -> list[str]:
    """The cells of one line."""
    if delimiter is None:
        return line.split()
    return next(csv.reader([line], delimiter=delimiter), [])


def _is_number(cell: str, delimiter: str | None) -> bool:
    return not math.isnan(value_of(cell, quoted=delimiter == ","))
