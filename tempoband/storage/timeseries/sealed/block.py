"""A sealed block: consecutive frames of one stream that share a header."""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cbor2
import numpy as np
import numpy.typing as npt

from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.sealed import numbers, prediction, times
from tempoband.storage.timeseries.sealed.rice import CodeError, Ints

BLOCK_VERSION = 1
_MAGIC = b"TBS"
_HEAD = struct.Struct("<3sBH")  # magic, version, length of the header
_CHECK_BYTES = 8
_NO_TICKS = -1


@dataclass(frozen=True, slots=True)
class Block:
    """An opened block.

    Attributes:
        time_us: int64, shape (n,), UTC microseconds.
        counts: int32, shape (n,).
        sizes: samples of each frame, shape (m,).
        lost: samples lost before each frame, shape (m,).
        ticks: device time of each frame's first sample, shape (m,); -1 where it has none.
    """

    stream: str
    first_seq: int
    scale_n: float
    offset_n: float
    calibration_id: str
    clock: ClockKind
    loss: LossKnowledge
    rate_hz: float
    time_us: Ints
    counts: npt.NDArray[np.int32]
    sizes: Ints
    lost: Ints
    ticks: Ints

    def __len__(self) -> int:
        return len(self.time_us)

    def frames(self) -> Iterator[Frame]:
        """The frames as they were."""
        ends = np.cumsum(self.sizes)
        for i, (start, end) in enumerate(zip(ends - self.sizes, ends, strict=True)):
            t0_us = int(self.time_us[start])
            yield Frame(
                stream=self.stream,
                seq=self.first_seq + i,
                t0_us=t0_us,
                dt_us=(self.time_us[start:end] - t0_us).astype(np.uint32),
                counts=self.counts[start:end],
                scale_n=self.scale_n,
                offset_n=self.offset_n,
                calibration_id=self.calibration_id,
                ticks=None if self.ticks[i] == _NO_TICKS else int(self.ticks[i]),
                clock=self.clock,
                rate_hz=self.rate_hz,
                lost=int(self.lost[i]),
                loss=self.loss,
            )


def header_of(frame: Frame) -> tuple[object, ...]:
    """What all frames of a block have in common."""
    f = frame
    return (f.scale_n, f.offset_n, f.calibration_id, f.clock, f.loss, f.rate_hz, f.ticks is None)


def seal(frames: Sequence[Frame]) -> bytes:
    """Frames of one stream with consecutive seqs and equal headers to a block."""
    head = frames[0]
    calibration = (head.scale_n, head.offset_n, head.calibration_id)
    header = cbor2.dumps([head.stream, head.seq, *calibration, str(head.clock), str(head.loss), head.rate_hz])
    sizes = np.array([len(f) for f in frames], np.int64)
    t0_us = np.array([f.t0_us for f in frames], np.int64)
    time_us = np.repeat(t0_us, sizes) + np.concatenate([f.dt_us for f in frames]).astype(np.int64)
    ticks = np.array([_NO_TICKS if f.ticks is None else f.ticks for f in frames], np.int64)
    body = b"".join(
        (
            numbers.encode(sizes),
            numbers.encode(np.array([f.lost for f in frames], np.int64)),
            times.encode(time_us, _firsts(sizes)),
            _encode_ticks(ticks, t0_us),
            prediction.encode(np.concatenate([f.counts for f in frames]).astype(np.int64)),
        )
    )
    data = _HEAD.pack(_MAGIC, BLOCK_VERSION, len(header)) + header + body
    return data + _check(data)


def verify(data: bytes) -> memoryview:
    """A block's bytes without their digest, once that is right.

    Raises:
        StorageError: CORRUPT when a bit has flipped anywhere.
    """
    body = memoryview(data)[:-_CHECK_BYTES]
    if len(data) < _HEAD.size + _CHECK_BYTES or _check(body) != data[-_CHECK_BYTES:]:
        raise StorageError(StorageReason.CORRUPT, "a sealed block is damaged: restore the latest backup")
    return body


def open_block(data: bytes) -> Block:
    """A block's bytes to its content.

    Raises:
        StorageError: CORRUPT when a bit has flipped anywhere, TOO_NEW for a later format.
    """
    body = verify(data)
    magic, version, length = _HEAD.unpack_from(body)
    if magic != _MAGIC or version != BLOCK_VERSION:
        raise StorageError(StorageReason.TOO_NEW, f"sealed block of format {version}: update tempoband")
    try:
        return _open(cbor2.loads(body[_HEAD.size : _HEAD.size + length]), body[_HEAD.size + length :])
    except CodeError as error:
        raise StorageError(StorageReason.CORRUPT, str(error)) from error


def _open(header: list[Any], body: memoryview) -> Block:
    stream, first_seq, scale_n, offset_n, calibration_id, clock, loss, rate_hz = header
    sizes, body = numbers.decode(body)
    lost, body = numbers.decode(body)
    first = _firsts(sizes)
    time_us, body = times.decode(body, first)
    ticks, body = _decode_ticks(body, time_us[first])
    counts, _ = prediction.decode(body)
    return Block(
        stream=str(stream),
        first_seq=int(first_seq),
        scale_n=float(scale_n),
        offset_n=float(offset_n),
        calibration_id=str(calibration_id),
        clock=ClockKind(clock),
        loss=LossKnowledge(loss),
        rate_hz=float(rate_hz),
        time_us=time_us,
        counts=counts.astype(np.int32),
        sizes=sizes,
        lost=lost,
        ticks=ticks,
    )


def _firsts(sizes: Ints) -> npt.NDArray[np.bool_]:
    first = np.zeros(int(sizes.sum()), dtype=bool)
    first[np.cumsum(sizes) - sizes] = True
    return first


def _encode_ticks(ticks: Ints, t0_us: Ints) -> bytes:
    """Device time mostly runs along with ours: then only the difference is kept."""
    alone = b"\0" + numbers.encode(ticks, (0, 1, 2))
    along = b"\1" + numbers.encode(ticks - t0_us, (0, 1, 2))
    return min(alone, along, key=len)


def _decode_ticks(data: memoryview, t0_us: Ints) -> tuple[Ints, memoryview]:
    ticks, rest = numbers.decode(data[1:])
    return (ticks + t0_us if data[0] else ticks), rest


def _check(data: bytes | memoryview) -> bytes:
    return hashlib.blake2b(data, digest_size=_CHECK_BYTES).digest()
