"""One way to compile, typed for mypy."""

import hashlib
from collections.abc import Callable
from pathlib import Path
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


def _cache_dir() -> str:
    """A directory named after all sources here: numba's own cache misses changes in called functions."""
    here = Path(__file__).parent
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(here.glob("*.py"))))
    return str(here / "__pycache__" / digest.hexdigest()[:16])


_CACHE_DIR = _cache_dir()


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile for the machine, kept on disk; sums may be reordered, the same way in every call."""
    settings = vars(numba.config)
    before = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = before or _CACHE_DIR  # read at decoration; an unwritable one is passed over
    try:
        jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
        return cast("Callable[P, R]", jit(function))
    finally:
        settings["CACHE_DIR"] = before
