"""Equal time stamps of a sensor."""

import numpy as np
import numpy.typing as npt

from tempoband.storage.timeseries.base import Curve


def merged(time_us: npt.NDArray[np.int64], tension_n: npt.NDArray[np.float64]) -> Curve:
    """By rising time, equal stamps merged: of these the first in the arrays wins."""
    time_us, first = np.unique(time_us, return_index=True)
    return Curve(time_us, tension_n[first])
