"""The baseline: SciPy's ``find_peaks`` and ``peak_widths``, as a careful person would use them.

Single corrupted samples are removed first by a median filter. A rep is a prominent peak; it starts and ends
at 5 % of its prominence, and its top lies above 95 %.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.signal import find_peaks, peak_widths

_GRID_HZ = 100.0
_MEDIAN_SAMPLES = 5
_SMOOTHING_S = 0.05
_PROMINENCE = 0.3  # of the range of the curve: the share that makes a rep
_FOOT, _TOP = 0.95, 0.05  # heights below the peak, as a share of its prominence


@dataclass(frozen=True, slots=True)
class PeakRep:
    """The four boundaries of one peak."""

    concentric_start_s: float
    concentric_end_s: float
    eccentric_start_s: float
    eccentric_end_s: float


def peak_reps(time_s: npt.NDArray[np.float64], tension_n: npt.NDArray[np.float64]) -> list[PeakRep]:
    """Every prominent peak."""
    grid_s = np.arange(time_s[0], time_s[-1], 1 / _GRID_HZ)
    clean_n = np.interp(grid_s, time_s, median_filter(tension_n, _MEDIAN_SAMPLES))
    smooth_n = gaussian_filter1d(clean_n, _SMOOTHING_S * _GRID_HZ)
    peaks, _ = find_peaks(smooth_n, prominence=_PROMINENCE * np.ptp(smooth_n))
    _, _, start, end = peak_widths(smooth_n, peaks, rel_height=_FOOT)
    _, _, top, back = peak_widths(smooth_n, peaks, rel_height=_TOP)
    bounds = grid_s[0] + np.stack([start, top, back, end], axis=1) / _GRID_HZ
    return [PeakRep(*row) for row in bounds.tolist()]
