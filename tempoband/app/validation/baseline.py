"""The baseline: SciPy's ``find_peaks``, as somebody would use it in ten lines."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

_PROMINENCE = 0.3  # of the range of the curve: the share that makes a rep


@dataclass(frozen=True, slots=True)
class PeakRep:
    """A peak between two valleys: no dwell, turning points as boundaries."""

    concentric_start_s: float
    concentric_end_s: float
    eccentric_start_s: float
    eccentric_end_s: float


def peak_reps(time_s: npt.NDArray[np.float64], tension_n: npt.NDArray[np.float64]) -> list[PeakRep]:
    """Every prominent peak from valley to valley."""
    peaks, _ = find_peaks(tension_n, prominence=_PROMINENCE * np.ptp(tension_n))
    ends = np.concatenate(([0], peaks, [len(tension_n)])).astype(int)
    valleys = [int(i + np.argmin(tension_n[i:j])) if j > i else int(i) for i, j in pairwise(ends)]
    return [
        PeakRep(float(time_s[a]), float(time_s[p]), float(time_s[p]), float(time_s[b]))
        for a, p, b in zip(valleys[:-1], peaks, valleys[1:], strict=True)
    ]
