"""Sample times: straight lines with a little jitter, or steps from sample to sample."""

import numpy as np
import numpy.typing as npt

from tempoband.storage.timeseries.sealed import numbers
from tempoband.storage.timeseries.sealed.rice import CodeError, Ints

_SEGMENT = 256  # samples a line is good for: clocks drift
_OWN_SLOPE = 64  # samples a line needs for a slope of its own; shorter ones share one
_FRACTION_BITS = 8  # of a microsecond, in a line's slope
_OUTLIER = 16.0  # steps this many times the usual jitter away from the usual step begin a new line
_LINES, _STEPS = 0, 1


def encode(time_us: Ints, first: npt.NDArray[np.bool_]) -> bytes:
    """Times in microseconds, int64 (n,), ``first`` marks the first sample of each frame; the shorter way."""
    lines = bytes([_LINES]) + _encode_lines(time_us)
    steps = bytes([_STEPS]) + _encode_steps(time_us, first)
    return min(lines, steps, key=len)


def decode(data: memoryview, first: npt.NDArray[np.bool_]) -> tuple[Ints, memoryview]:
    """Bytes to (times in microseconds, the bytes that follow).

    Raises:
        CodeError: damaged.
    """
    if not data or data[0] not in (_LINES, _STEPS):
        raise CodeError("damaged times")
    return _decode_lines(data[1:]) if data[0] == _LINES else _decode_steps(data[1:], first)


def _encode_steps(time_us: Ints, first: npt.NDArray[np.bool_]) -> bytes:
    steps = np.diff(time_us, prepend=0)
    return numbers.encode(steps[first]) + numbers.encode(steps[~first])


def _decode_steps(data: memoryview, first: npt.NDArray[np.bool_]) -> tuple[Ints, memoryview]:
    between, data = numbers.decode(data)
    within, data = numbers.decode(data)
    steps = np.empty(len(first), np.int64)
    if len(between) != np.count_nonzero(first) or len(between) + len(within) != len(first):
        raise CodeError("damaged times: another number of samples")
    steps[first], steps[~first] = between, within
    return np.cumsum(steps), data


def _encode_lines(time_us: Ints) -> bytes:
    starts = _starts(time_us)
    lengths = np.diff(starts, append=len(time_us))
    index = np.arange(len(time_us)) - np.repeat(starts, lengths)
    relative = (time_us - np.repeat(time_us[starts], lengths)).astype(np.float64)
    sums = [np.add.reduceat(x, starts) for x in (index, relative, index * index, index * relative)]
    spread = sums[2] - sums[0] ** 2 / lengths
    rise = sums[3] - sums[0] * sums[1] / lengths
    shared = rise.sum() / max(spread.sum(), 1.0)
    slope = np.where(lengths >= _OWN_SLOPE, rise / np.maximum(spread, 1.0), shared)
    fixed = np.round(slope * (1 << _FRACTION_BITS)).astype(np.int64)
    middle = (sums[1] - slope * sums[0]) / lengths
    base = time_us[starts] + np.round(middle).astype(np.int64)
    residual = time_us - _lines(base, fixed, lengths)
    # a line mostly begins where the one before it would have gone on
    ahead = base - np.concatenate([[0], (base + ((fixed * lengths) >> _FRACTION_BITS))[:-1]])
    parts = (lengths, fixed, ahead, residual)
    return b"".join(numbers.encode(part.astype(np.int64)) for part in parts)


def _decode_lines(data: memoryview) -> tuple[Ints, memoryview]:
    lengths, data = numbers.decode(data)
    fixed, data = numbers.decode(data)
    ahead, data = numbers.decode(data)
    residual, data = numbers.decode(data)
    if not len(lengths) == len(fixed) == len(ahead) or lengths.sum() != len(residual):
        raise CodeError("damaged times: another number of samples")
    run = (fixed * lengths) >> _FRACTION_BITS
    base = np.cumsum(ahead) + np.concatenate([[0], np.cumsum(run)[:-1]])
    return _lines(base, fixed, lengths) + residual, data


def _lines(base: Ints, fixed: Ints, lengths: Ints) -> Ints:
    starts = np.cumsum(lengths) - lengths
    index = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
    return np.repeat(base, lengths) + ((np.repeat(fixed, lengths) * index) >> _FRACTION_BITS)


def _starts(time_us: Ints) -> Ints:
    """Where a new line begins: after a hole, and at the latest after ``_SEGMENT`` samples."""
    steps = np.diff(time_us)
    breaks = np.zeros(len(time_us), dtype=bool)
    breaks[::_SEGMENT] = True
    if len(steps):
        off = np.abs(steps - np.median(steps))
        breaks[1:] |= off > _OUTLIER * max(float(np.median(off)), 1.0)
    return np.flatnonzero(breaks)
