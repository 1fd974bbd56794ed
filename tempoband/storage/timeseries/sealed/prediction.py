"""Linear prediction, decoded in lanes.

A sample is predicted from the 16 steps before it (least squares, once per block; S. Haykin, "Adaptive Filter
Theory", ch. 3). Decoding is sequential by nature, so a block is cut into lanes of 256 samples that are
decoded side by side: 256 array operations instead of one loop turn a sample. Numbers are whole ones, held
in floats and below 2^53, hence exact on every machine and in every order of summation.
"""

import struct

import numpy as np
import numpy.typing as npt

from tempoband.storage.timeseries.sealed import numbers
from tempoband.storage.timeseries.sealed.rice import CodeError, Ints

_LANE = 256
_TAPS = 16
_SHIFT_BITS = 13
_EXACT = 2.0**52
_MOST_WEIGHT = 2**24
_HEAD = struct.Struct(f"<I{_TAPS}i")
_PLAIN, _PREDICTED = 0, 1
_PLAIN_ORDERS = (1, 2, 3)

Floats = npt.NDArray[np.float64]


def encode(values: Ints) -> bytes:
    """int64, shape (n,), to bytes: predicted, or plain differences where these are shorter."""
    plain = bytes([_PLAIN]) + numbers.encode(values, _PLAIN_ORDERS)
    predicted = _encode_predicted(values) if len(values) > 4 * _TAPS else None
    if predicted is None or len(predicted) >= len(plain):
        return plain
    return bytes([_PREDICTED]) + predicted


def decode(data: memoryview) -> tuple[Ints, memoryview]:
    """Bytes to (int64 of shape (n,), the bytes that follow).

    Raises:
        CodeError: damaged.
    """
    if not data or data[0] not in (_PLAIN, _PREDICTED):
        raise CodeError("damaged samples")
    return numbers.decode(data[1:]) if data[0] == _PLAIN else _decode_predicted(data[1:])


def _encode_predicted(values: Ints) -> bytes | None:
    steps = _lanes(values)
    starts = steps[0].astype(np.int64)
    steps = np.diff(steps, axis=0)
    weights = _weights(steps)
    if np.abs(steps).max() * np.abs(weights).sum() >= _EXACT:
        return None
    rest = steps.copy()
    rest[1:_TAPS] -= steps[: _TAPS - 1]
    sums = np.zeros_like(steps[_TAPS:])
    for tap, weight in enumerate(weights):
        sums += weight * steps[tap : len(steps) - _TAPS + tap]
    rest[_TAPS:] -= np.floor(sums / 2**_SHIFT_BITS)
    flat = rest.T.ravel()[: _steps_in(len(values))].astype(np.int64)
    head = _HEAD.pack(len(values), *weights.astype(np.int64).tolist())
    return head + numbers.encode(starts) + numbers.encode(flat, (0,))


def _decode_predicted(data: memoryview) -> tuple[Ints, memoryview]:
    try:
        n, *weights = _HEAD.unpack_from(data)
    except struct.error as error:
        raise CodeError(f"damaged samples: {error}") from error
    starts, data = numbers.decode(data[_HEAD.size :])
    flat, data = numbers.decode(data)
    if len(starts) != -(-n // _LANE) or len(flat) != _steps_in(n):
        raise CodeError("damaged samples: another number of them")
    padded = np.zeros(len(starts) * (_LANE - 1))
    padded[: len(flat)] = flat
    steps = np.ascontiguousarray(padded.reshape(len(starts), _LANE - 1).T)
    np.cumsum(steps[:_TAPS], axis=0, out=steps[:_TAPS])
    scaled = np.array(weights, float) / 2**_SHIFT_BITS  # a power of two: as exact as the whole number
    for now in range(_TAPS, _LANE - 1):
        steps[now] += np.floor(scaled @ steps[now - _TAPS : now])
    out = np.empty((_LANE, len(starts)), np.int64)
    out[0] = starts
    out[1:] = steps
    np.cumsum(out, axis=0, out=out)
    return np.ascontiguousarray(out.T).ravel()[:n], data


def _lanes(values: Ints) -> Floats:
    """Time by lane, shape (256, m); the last lane is filled up with its last value."""
    count = -(-len(values) // _LANE)
    padded = np.full(count * _LANE, float(values[-1]))
    padded[: len(values)] = values
    return np.ascontiguousarray(padded.reshape(count, _LANE).T)


def _steps_in(n: int) -> int:
    """Steps between n samples in lanes: the first of each lane is kept apart."""
    full, rest = divmod(n, _LANE)
    return full * (_LANE - 1) + max(rest - 1, 0)


def _weights(steps: Floats) -> Floats:
    """Least-squares weights of the steps before, oldest first, in fixed point."""
    columns = [steps[tap : len(steps) - _TAPS + tap].ravel() for tap in range(_TAPS)]
    target = steps[_TAPS:].ravel()
    history = np.stack(columns)
    moments = history @ history.T
    ridge = np.eye(_TAPS) * (1e-6 * np.trace(moments) / _TAPS + 1e-9)
    best = np.linalg.solve(moments + ridge, history @ target)
    fixed: Floats = np.clip(np.round(best * 2**_SHIFT_BITS), -_MOST_WEIGHT, _MOST_WEIGHT)
    return fixed
