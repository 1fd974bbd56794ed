"""The test's own book-keeping: what was sent against what is stored, never through the product's counters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Series = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
VALUE_TOLERANCE_N = (
    0.0006  # half a step of the lattice of 0.001 N; the sensors' noise is a thousand times that
)
TIME_TOLERANCE_S = 0.25  # arrival on a busy machine; intervals are checked apart, and far closer


@dataclass(frozen=True)
class Comparison:
    """How the stored samples stand to the sent ones, in order."""

    matched: int
    missing_s: npt.NDArray[np.float64]  # true times of samples that are not stored
    invented_s: npt.NDArray[np.float64]  # stored times that nobody sent
    true_s: npt.NDArray[np.float64]  # true times of the matched ones
    offset_s: npt.NDArray[np.float64]  # stored - true time of the matched ones


def compare(sent: Series, stored: Series) -> Comparison:
    """Walk both series in order; a pair must agree in value and, roughly, in time."""
    sent_s, sent_n = sent
    stored_s, stored_n = stored
    i = j = 0
    missing, invented, pairs = [], [], []
    while i < len(sent_s) and j < len(stored_s):
        same_value = abs(sent_n[i] - stored_n[j]) < VALUE_TOLERANCE_N
        delta_s = stored_s[j] - sent_s[i]
        if same_value and abs(delta_s) < TIME_TOLERANCE_S:
            pairs.append((sent_s[i], delta_s))
            i, j = i + 1, j + 1
        elif _found_ahead(sent_n[i], stored_s, stored_n, j, sent_s[i]):
            invented.append(stored_s[j])
            j += 1
        else:
            missing.append(sent_s[i])
            i += 1
    missing += list(sent_s[i:])
    invented += list(stored_s[j:])
    true_s, offset_s = np.array(pairs).reshape(-1, 2).T
    return Comparison(len(pairs), np.array(missing), np.array(invented), true_s, offset_s)


def _found_ahead(
    value_n: float,
    stored_s: npt.NDArray[np.float64],
    stored_n: npt.NDArray[np.float64],
    start: int,
    true_s: float,
) -> bool:
    """Whether the sent sample is stored a little later: then what stands before it was invented."""
    window = slice(start + 1, start + 1 + int(2 * TIME_TOLERANCE_S * 200))
    near = np.abs(stored_s[window] - true_s) < TIME_TOLERANCE_S
    return bool(np.any(near & (np.abs(stored_n[window] - value_n) < VALUE_TOLERANCE_N)))
