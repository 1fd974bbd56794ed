"""One way to compile, typed for mypy."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

P = ParamSpec("P")
R = TypeVar("R")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]

GRID_HZ = 100.0
GRID_S = 1.0 / GRID_HZ


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile for the machine, kept on disk; sums may be reordered, the same way in every call."""
    jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
    return cast("Callable[P, R]", jit(function))
