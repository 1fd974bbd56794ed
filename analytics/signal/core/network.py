"""The small network that places a phase's edges: its weights, and its answer to one window.

Two hidden layers of rectified units; out come where the edge lies and the logarithm of how sure that is.
``python -m bench.learn_edges`` makes the weights anew.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analytics.signal.core.jit import Floats, compiled

WEIGHTS = Path(__file__).with_name("edges.npz")
KINDS = 4
FARTHEST = 2.5  # 10-90 % times: nothing farther was learned
OUT_START, BACK_START = 0, 2  # the kinds are these and the ends after them; the first layer's bias differs
NAMES = ("w1", "b1", "w2", "b2", "w3", "b3")
Layers = tuple[Floats, Floats, Floats, Floats, Floats, Floats]


@cache
def network() -> Layers:
    """The shipped weights."""
    with np.load(WEIGHTS) as stored:
        return layers_of(stored)


def layers_of(weights: Mapping[str, npt.NDArray[np.float32]]) -> Layers:
    """Weights (out, in) and biases of the layers; the first has a bias for each kind of edge."""
    w1, b1, w2, b2, w3, b3 = (np.ascontiguousarray(weights[n], np.float64) for n in NAMES)
    return w1, b1, w2, b2, w3, b3


def digest() -> str:
    """What tells these weights from any others: SHA-256 over their bytes, in order."""
    with np.load(WEIGHTS) as stored:
        parts = [np.ascontiguousarray(stored[n], "<f4").tobytes() for n in NAMES]
    return hashlib.sha256(b"".join(parts)).hexdigest()


@compiled
def layer(w: Floats, b: Floats, x: Floats, least: float) -> Floats:
    """One affine layer; nothing it gives is below ``least``."""
    out = np.empty(len(b))
    for i in range(len(b)):
        total = b[i]
        for j in range(len(x)):
            total += w[i, j] * x[j]
        out[i] = max(total, least)
    return out


@compiled
def answer(net: Layers, kind: int, x: Floats) -> tuple[float, float]:
    """Where the edge lies before the anchor, and its spread; both in 10-90 % times."""
    w1, b1, w2, b2, w3, b3 = net
    out = layer(w3, b3, layer(w2, b2, layer(w1, b1[kind], x, 0.0), 0.0), -np.inf)
    return min(max(out[0], -FARTHEST), FARTHEST), np.exp(min(max(out[1], -6.0), 1.0))
