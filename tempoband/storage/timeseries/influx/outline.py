"""What stays of samples that retention drops: least, mean and greatest of every second, one row a second."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tempoband.storage.timeseries.base import Curve
from tempoband.storage.timeseries.influx.line_protocol import line
from tempoband.storage.timeseries.influx.server import Table

OUTLINE = "outline"
SECOND_US = 1_000_000
FIELDS = ("least", "mean", "greatest", "samples")
Columns = tuple[npt.NDArray[np.int64], dict[str, npt.NDArray[np.float64]]]
NOTHING: Columns = (np.empty(0, np.int64), {name: np.empty(0) for name in FIELDS})


def outline_of(curve: Curve) -> Columns:
    """Times of whole seconds in microseconds, and a column for each field."""
    if not len(curve):
        return NOTHING
    seconds = curve.time_us // SECOND_US
    starts = np.flatnonzero(np.diff(seconds, prepend=seconds[0] - 1))
    samples = np.diff(starts, append=len(seconds)).astype(np.float64)
    return seconds[starts] * SECOND_US, {
        "least": np.minimum.reduceat(curve.tension_n, starts),
        "mean": np.add.reduceat(curve.tension_n, starts) / samples,
        "greatest": np.maximum.reduceat(curve.tension_n, starts),
        "samples": samples,
    }


def columns_of(table: Table) -> Columns:
    """Rows of the server as columns, by rising time."""
    time_us = table.time_ns() // 1000
    order = np.argsort(time_us, kind="stable")
    return time_us[order], {name: table.real(name)[order] for name in FIELDS}


def joined(one: Columns, two: Columns) -> Columns:
    """Both; a second that was dropped in two steps has parts in both."""
    if not len(one[0]) or not len(two[0]):
        return two if len(two[0]) else one
    time_us = np.concatenate([one[0], two[0]])
    order = np.argsort(time_us, kind="stable")
    time_us = time_us[order]
    old = {name: np.concatenate([one[1][name], two[1][name]])[order] for name in FIELDS}
    starts = np.flatnonzero(np.diff(time_us, prepend=-1))
    samples = np.add.reduceat(old["samples"], starts)
    return time_us[starts], {
        "least": np.minimum.reduceat(old["least"], starts),
        "mean": np.add.reduceat(old["mean"] * old["samples"], starts) / samples,
        "greatest": np.maximum.reduceat(old["greatest"], starts),
        "samples": samples,
    }


def lines(sensor: str, columns: Columns) -> Iterator[bytes]:
    """The rows as lines."""
    time_us, values = columns
    for index, at_us in enumerate(time_us.tolist()):
        fields = {name: float(values[name][index]) for name in FIELDS}
        yield line(OUTLINE, {"sensor": sensor}, fields, at_us * 1000)


def curve_of(columns: Columns) -> Curve:
    """Two points a second, the least and the greatest."""
    time_us = np.repeat(columns[0], 2)
    time_us[1::2] += SECOND_US // 2
    tension_n = np.stack([columns[1]["least"], columns[1]["greatest"]], axis=1).ravel()
    return Curve(time_us, tension_n)
