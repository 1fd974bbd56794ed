"""The shortest of a few ways to write an array of whole numbers."""

import struct
import zlib
from enum import IntEnum

import numpy as np

from tempoband.storage.timeseries.sealed import rice
from tempoband.storage.timeseries.sealed.rice import CodeError, Ints

_HEAD = struct.Struct("<BBqI")  # way, order of differences, their middle, length
_CONSTANT = struct.Struct("<Iq")
_MOST_ORDER = 3


class _Way(IntEnum):
    CONSTANT = 0
    RICE = 1
    ZLIB = 2  # long runs of the same few numbers


def encode(values: Ints, orders: tuple[int, ...] = (0, 1)) -> bytes:
    """int64, shape (n,), to bytes; ``orders`` are the differences worth trying."""
    if len(values) == 0 or np.all(values == values[0]):
        body = _CONSTANT.pack(len(values), int(values[0]) if len(values) else 0)
        return _HEAD.pack(_Way.CONSTANT, 0, 0, len(body)) + body
    order = min(orders, key=lambda o: _roughly(_differences(values, o)))
    differences = _differences(values, order)
    middle = _middle(differences)
    differences = differences - middle  # whole numbers wrap around at 64 bits, both ways
    way, body = _Way.RICE, rice.encode(differences)
    if np.count_nonzero(differences) * 4 < len(values):
        packed = zlib.compress(differences.astype("<i8").tobytes(), 9)
        if len(packed) < len(body):
            way, body = _Way.ZLIB, packed
    return _HEAD.pack(way, order, middle, len(body)) + body


def decode(data: memoryview) -> tuple[Ints, memoryview]:
    """Bytes to (int64 of shape (n,), the bytes that follow).

    Raises:
        CodeError: damaged.
    """
    try:
        way, order, middle, length = _HEAD.unpack_from(data)
        body, rest = data[_HEAD.size : _HEAD.size + length], data[_HEAD.size + length :]
        match _Way(way):
            case _Way.CONSTANT:
                n, value = _CONSTANT.unpack(body)
                return np.full(n, value, np.int64), rest
            case _Way.RICE:
                values, _ = rice.decode(body)
            case _Way.ZLIB:
                values = np.frombuffer(zlib.decompress(body), "<i8").astype(np.int64)
    except (struct.error, ValueError, zlib.error) as error:
        raise CodeError(f"damaged numbers: {error}") from error
    if order > _MOST_ORDER:
        raise CodeError(f"damaged numbers: differences of order {order}")
    values += middle
    for _ in range(order):
        np.cumsum(values, out=values)
    return values, rest


def _differences(values: Ints, order: int) -> Ints:
    for _ in range(order):
        values = np.diff(values, prepend=0)
    return values


def _roughly(differences: Ints) -> float:
    """About the bits a number costs."""
    return float(np.log2(1.0 + np.abs((differences - _middle(differences)).astype(np.float64))).mean())


def _middle(values: Ints) -> int:
    return int(np.partition(values, len(values) // 2)[len(values) // 2])
