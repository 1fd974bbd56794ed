"""Whole numbers to few bytes: adaptive Golomb-Rice codes, vectorised both ways.

Numbers are folded (0, -1, 1, -2 ... to 0, 1, 2, 3 ...) and taken in groups of 128. Each group has its own
parameter k: a number is its low k bits plus its upper part in unary. The parts are stored apart, bit plane by
bit plane and as one unary string, so that decoding is a handful of array operations and no loop over numbers.
Source of the code: R. F. Rice, "Some practical universal noiseless coding techniques", JPL 79-22, 1979.
"""

import struct

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
_Unsigned = npt.NDArray[np.uint64]

GROUP = 128
_ESCAPE = 20  # a unary part this long means: the number stands in the list of exceptions
_MOST_BITS = 56
_HEAD = struct.Struct("<IIII")  # numbers, exceptions, bytes of bit planes, bytes of the unary string


class CodeError(ValueError):
    """These bytes are not a code of ours."""


def encode(values: Ints) -> bytes:
    """int64, shape (n,), to bytes."""
    folded = _fold(values)
    groups = _padded(folded)
    bits = _parameters(groups)
    upper = (groups >> bits[:, None]).ravel()[: len(values)]
    escaped = upper >= _ESCAPE
    exceptions = folded[escaped].astype("<u8").tobytes()
    planes = b"".join(_planes(groups, bits))
    unary = _unary(np.where(escaped, _ESCAPE, upper))
    head = _HEAD.pack(len(values), int(escaped.sum()), len(planes), len(unary))
    return b"".join((head, bits.astype(np.uint8).tobytes(), planes, unary, exceptions))


def decode(data: memoryview) -> tuple[Ints, int]:
    """Bytes to (int64 of shape (n,), bytes used).

    Raises:
        CodeError: damaged.
    """
    try:
        n, n_exceptions, n_planes, n_unary = _HEAD.unpack_from(data)
        group_count = -(-n // GROUP)
        at = _HEAD.size + group_count
        bits = np.frombuffer(data, np.uint8, group_count, _HEAD.size)
        lower = _join_planes(np.frombuffer(data, np.uint8, n_planes, at), bits)
        at += n_planes
        upper = _from_unary(np.frombuffer(data, np.uint8, n_unary, at), n)
        at += n_unary
        exceptions = np.frombuffer(data, "<u8", n_exceptions, at)
        shifted = np.zeros(group_count * GROUP, np.uint64)
        shifted[:n] = upper
        rows = shifted.reshape(group_count, GROUP)
        rows <<= bits[:, None].astype(np.uint64)
        rows |= lower
        folded = shifted[:n]
        if n_exceptions:
            folded[upper == _ESCAPE] = exceptions
    except (struct.error, ValueError, IndexError) as error:
        raise CodeError(f"damaged numbers: {error}") from error
    return _unfold(folded), at + 8 * n_exceptions


def _fold(values: Ints) -> _Unsigned:
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def _unfold(folded: _Unsigned) -> Ints:
    signed = folded.view(np.int64)
    # a logical shift: the top bit is data
    return (folded >> np.uint64(1)).view(np.int64) ^ -(signed & 1)


def _padded(folded: _Unsigned) -> _Unsigned:
    groups = np.zeros((-(-len(folded) // GROUP), GROUP), np.uint64)
    groups.ravel()[: len(folded)] = folded
    return groups


def _parameters(groups: _Unsigned) -> _Unsigned:
    """One k per group: around log2 of the mean, whichever of four neighbours is shortest."""
    clipped = np.minimum(groups, np.uint64(1) << np.uint64(_MOST_BITS - 1)).astype(np.float64)
    typical = np.median(clipped, axis=1)
    guess = np.clip(np.floor(np.log2(np.maximum(typical, 1.0))), 0, _MOST_BITS - 3).astype(np.int64)
    candidates = np.stack([np.maximum(guess + d, 0) for d in (-1, 0, 1, 2)]).astype(np.uint64)
    costs = [
        np.where(upper >= _ESCAPE, _ESCAPE + 64, upper).sum(axis=1) + GROUP * k
        for k in candidates
        for upper in (groups >> k[:, None],)
    ]
    best: _Unsigned = np.take_along_axis(candidates, np.argmin(np.stack(costs), axis=0)[None], axis=0)[0]
    return best


def _planes(groups: _Unsigned, bits: _Unsigned) -> list[bytes]:
    planes = []
    for plane in range(int(bits.max(initial=0))):
        rows = groups[bits > plane]
        planes.append(np.packbits((rows >> np.uint64(plane)).astype(np.uint8) & 1).tobytes())
    return planes


def _join_planes(data: npt.NDArray[np.uint8], bits: npt.NDArray[np.uint8]) -> _Unsigned:
    lower = np.zeros((len(bits), GROUP), np.uint64)
    byte = np.zeros((len(bits), GROUP), np.uint8)  # planes are gathered by eights in the narrowest type
    at, planes = 0, int(bits.max(initial=0))
    for plane in range(planes):
        rows = bits > plane
        size = int(rows.sum()) * GROUP // 8
        ones = np.unpackbits(data[at : at + size]).reshape(-1, GROUP)
        ones <<= plane % 8
        if len(ones) == len(rows):
            byte |= ones
        else:
            byte[rows] |= ones
        at += size
        if plane % 8 == 7 or plane == planes - 1:
            lower |= byte.astype(np.uint64) << np.uint64(plane - plane % 8)
            byte[:] = 0
    if at != len(data):
        raise CodeError("damaged numbers: bit planes of another length")
    return lower


def _unary(upper: _Unsigned) -> bytes:
    """Each number as that many zeros and a one."""
    ends = np.cumsum(upper + np.uint64(1)).astype(np.int64) - 1
    ones = np.zeros(int(ends[-1]) + 1 if len(ends) else 0, np.uint8)
    ones[ends] = 1
    return np.packbits(ones).tobytes()


def _from_unary(data: npt.NDArray[np.uint8], n: int) -> _Unsigned:
    ends = np.flatnonzero(np.unpackbits(data).view(np.bool_))
    if len(ends) != n:
        raise CodeError(f"damaged numbers: {len(ends)} of {n}")
    return (np.diff(ends, prepend=-1) - 1).astype(np.uint64)
