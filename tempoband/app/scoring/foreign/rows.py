"""The samples of a table: at once where every line is plain, else row by row."""

import math
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from tempoband.app.scoring.foreign.columns import Column, column_of
from tempoband.app.scoring.foreign.table import Table, cells_of
from tempoband.app.scoring.foreign.values import VOID, value_of

_DAY_S = 86_400.0
Floats = npt.NDArray[np.float64]
_Rows = list[tuple[int, float, float]]  # line number, time, tension


def read_rows(table: Table) -> tuple[Floats, Floats, list[int]]:
    """Times as they are in the file, tension, and the numbers of the lines without a value.

    Raises:
        AppError: BAD_FILE with the line that is no sample, or at which time runs backwards.
    """
    plain = _read_plainly(table)
    if plain is not None:
        return *plain, []
    rows, void = _read_carefully(table)
    return np.array([r[1] for r in rows]), np.array([r[2] for r in rows]), void


def _read_plainly(table: Table) -> tuple[Floats, Floats] | None:
    """The whole file at once, where every line is numbers; None where some line is not that plain."""
    wanted = [table.tension.index] if table.time is None else [table.time.index, table.tension.index]
    if table.first >= len(table.lines):
        return None
    try:
        got = np.loadtxt(
            islice(table.lines, table.first, None),
            delimiter=table.delimiter,
            usecols=wanted,
            comments=None,
            quotechar='"',
            ndmin=2,
        )
    except ValueError:
        return None
    if (
        not len(got)
        or not np.isfinite(got).all()
        or any(not row.strip() for row in table.lines[table.first :])
    ):
        return None
    if table.time is None:
        return np.arange(len(got), dtype=np.float64), got[:, 0]
    return (got[:, 0], got[:, 1]) if np.all(np.diff(got[:, 0]) >= 0) else None


def _read_carefully(table: Table) -> tuple[_Rows, list[int]]:
    """Row by row, so that what is wrong has a line number; and the lines without a value."""
    rows: _Rows = []
    void: list[int] = []
    for number, cells in _numbered(table):
        value = _cell(table, table.tension, number, cells)
        at = _cell(table, table.time, number, cells) if table.time else float(len(rows) + len(void))
        if math.isnan(value) or math.isnan(at):
            void.append(number)
        else:
            rows.append((number, at, value))
    rows = _over_midnight(rows)
    for (_, before, _), (number, now, _) in pairwise(rows):
        if now < before:
            raise table.error(
                number,
                f"time runs backwards ({now:.10g} after {before:.10g});"
                " sort the file or cut it where the recording restarts",
            )
    return rows, void


def _numbered(table: Table) -> Iterator[tuple[int, list[str]]]:
    """Every line with cells, numbered from 1; a line of units under the header is passed over."""
    for number, line in enumerate(islice(table.lines, table.first, None), start=table.first + 1):
        cells = cells_of(line, table.delimiter)
        if not any(cell.strip() for cell in cells):
            continue
        if number == table.first + 1 and _is_units(table, cells):
            continue
        yield number, cells


def _is_units(table: Table, cells: Sequence[str]) -> bool:
    units = {c.index: c.unit for c in (table.time, table.tension) if c}
    words = {k: column_of(k, cells[k]) for k in units if k < len(cells)}
    return len(words) == len(units) and all(w and w.unit == units[k] for k, w in words.items())


def _cell(table: Table, column: Column, number: int, cells: Sequence[str]) -> float:
    """The number in a cell; not a number where the sample has no value."""
    if column.index >= len(cells):
        raise table.error(number, f"{len(cells)} columns, the header has more")
    cell = cells[column.index]
    if cell.strip().lower() in VOID:
        return math.nan
    value = value_of(cell, quoted=table.delimiter == ",")
    if not math.isfinite(value):
        raise table.error(number, f"{cell!r} is not a number")
    return value


def _over_midnight(rows: _Rows) -> _Rows:
    """Times of day go on after midnight."""
    days = 0
    out: _Rows = []
    for k, (number, now, value) in enumerate(rows):
        before = rows[k - 1][1] if k else now
        days += before < _DAY_S and before - now > _DAY_S / 2 and now >= 0
        out.append((number, now + days * _DAY_S, value))
    return out
