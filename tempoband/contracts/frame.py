"""The frame: one notification's samples on their way from the bridge to the store.

Bytes are CBOR with RFC 8746 typed arrays, readable by any CBOR tool. A frame is identified by
(stream, seq); the first write wins. Times and counts are the sensor's own lattice, so that a wrong
calibration can be undone: newtons = counts * scale_n + offset_n.
"""

import hashlib
import math
import re
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

import cbor2
import numpy as np
import numpy.typing as npt

from tempoband.contracts.errors import ContractError, RejectReason

FRAME_VERSION = 1
MAX_FRAME_BYTES = 64 * 1024
MAX_FRAME_SAMPLES = 4096
EARLIEST_US = 1_577_836_800_000_000  # 2020-01-01: no clock of ours was running before
LATEST_US = 4_102_444_800_000_000  # 2100-01-01
MAX_FRAME_SPAN_US = 600 * 1_000_000
_STREAM_ID = re.compile(r"[0-9a-f]{16,32}")
_MOST_SEQ, _MOST_INT, _MOST_LOST = 2**53, 2**63 - 1, 2**32 - 1
_UINT32_LE, _SINT32_LE = 70, 78  # RFC 8746 tags of little-endian typed arrays


class ClockKind(StrEnum):
    """Where a frame's times come from."""

    DEVICE = "device"
    ARRIVAL = "arrival"


class LossKnowledge(StrEnum):
    """How well the number of samples lost before a frame is known."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Samples of one notification.

    Attributes:
        stream: random id in hex, new at each connection or boot; streams of a sensor never overlap in time.
        seq: 0, 1, 2 ... within the stream, without gaps.
        t0_us: UTC microseconds of the first sample.
        dt_us: uint32, shape (n,), microseconds from t0_us, not falling; the first is 0.
        counts: int32, shape (n,), the sensor's own lattice.
        scale_n: newtons per count.
        offset_n: newtons at count zero.
        calibration_id: names the calibration that gave scale and offset.
        ticks: raw device time of the first sample, or None where the sensor has no clock.
        clock: whether times come from the device or from arrival.
        rate_hz: nominal sample rate.
        lost: samples lost just before this frame, as far as known.
        loss: how well ``lost`` is known.
    """

    stream: str
    seq: int
    t0_us: int
    dt_us: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.int32]
    scale_n: float
    offset_n: float
    calibration_id: str
    ticks: int | None
    clock: ClockKind
    rate_hz: float
    lost: int
    loss: LossKnowledge

    def __len__(self) -> int:
        return len(self.counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    __hash__ = None  # type: ignore[assignment]  # arrays do not hash; use (stream, seq)

    @property
    def time_us(self) -> npt.NDArray[np.int64]:
        """UTC microseconds of every sample, int64, shape (n,)."""
        return self.t0_us + self.dt_us.astype(np.int64)

    @property
    def end_us(self) -> int:
        """UTC microseconds of the last sample."""
        return self.t0_us + int(self.dt_us[-1])

    @property
    def tension_n(self) -> npt.NDArray[np.float64]:
        """Tension in one strand in newtons, float64, shape (n,)."""
        return self.counts.astype(np.float64) * self.scale_n + self.offset_n


def digest(payload: bytes) -> bytes:
    """SHA-256 of a message's bytes: how rejects are named and conflicts are found."""
    return hashlib.sha256(payload).digest()


def encode_frame(frame: Frame) -> bytes:
    """Frame to CBOR bytes; the same frame always gives the same bytes."""
    return cbor2.dumps(
        {
            "v": FRAME_VERSION,
            "stream": frame.stream,
            "seq": frame.seq,
            "t0": frame.t0_us,
            "dt": cbor2.CBORTag(_UINT32_LE, frame.dt_us.astype("<u4").tobytes()),
            "counts": cbor2.CBORTag(_SINT32_LE, frame.counts.astype("<i4").tobytes()),
            "scale_n": frame.scale_n,
            "offset_n": frame.offset_n,
            "calibration_id": frame.calibration_id,
            "ticks": frame.ticks,
            "clock": str(frame.clock),
            "rate_hz": frame.rate_hz,
            "lost": frame.lost,
            "loss": str(frame.loss),
        }
    )


def decode_frame(payload: bytes) -> Frame:
    """CBOR bytes to a checked frame.

    Raises:
        ContractError: with the reason, for every byte string that is not a good frame.
    """
    if len(payload) > MAX_FRAME_BYTES:
        raise ContractError(RejectReason.OVERSIZE, f"{len(payload)} bytes, at most {MAX_FRAME_BYTES}")
    fields_ = load_map(payload)
    if fields_.get("v") != FRAME_VERSION:
        raise ContractError(RejectReason.UNKNOWN_VERSION, f"v = {fields_.get('v')!r}, known: {FRAME_VERSION}")
    try:
        frame = _frame_from(fields_)
    except ContractError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ContractError(RejectReason.UNDECODABLE, f"bad or missing field: {error}") from error
    _check_times(frame)
    return frame


def load_map(payload: bytes) -> dict[str, Any]:
    """CBOR bytes that must hold exactly one map.

    Raises:
        ContractError: undecodable.
    """
    try:
        value = cbor2.loads(payload)
    except Exception as error:  # cbor2 lets errors of many kinds out for hostile bytes
        raise ContractError(RejectReason.UNDECODABLE, f"not CBOR: {type(error).__name__}") from error
    if not isinstance(value, dict):
        raise ContractError(RejectReason.UNDECODABLE, "the top level is not a map")
    return value


@dataclass(frozen=True, slots=True)
class _Head:
    """What the frames of a stream have in common, checked once."""

    stream: str
    scale_n: float
    offset_n: float
    calibration_id: str
    clock: ClockKind
    rate_hz: float
    loss: LossKnowledge


@lru_cache(maxsize=4096, typed=True)  # typed: 1, 1.0 and True are equal, but not equally good
def _head(  # noqa: PLR0917 - the cache compares types of positional arguments only
    stream: Any, scale_n: Any, offset_n: Any, calibration_id: Any, clock: Any, rate_hz: Any, loss: Any
) -> _Head:
    return _Head(
        stream=_stream(stream),
        scale_n=_finite(scale_n, "scale_n"),
        offset_n=_finite(offset_n, "offset_n"),
        calibration_id=_text(calibration_id, "calibration_id"),
        clock=ClockKind(clock),
        rate_hz=_finite(rate_hz, "rate_hz"),
        loss=LossKnowledge(loss),
    )


def _frame_from(m: dict[str, Any]) -> Frame:
    calibration = (m["scale_n"], m["offset_n"], m["calibration_id"])
    head = _head(m["stream"], *calibration, m["clock"], m["rate_hz"], m["loss"])
    dt_us = _typed(m["dt"], _UINT32_LE, "<u4")
    counts = _typed(m["counts"], _SINT32_LE, "<i4")
    if len(counts) == 0 or len(counts) > MAX_FRAME_SAMPLES or len(dt_us) != len(counts):
        raise ContractError(
            RejectReason.IMPOSSIBLE_COUNTS,
            f"{len(counts)} counts, {len(dt_us)} times; 1 to {MAX_FRAME_SAMPLES} of each, equal",
        )
    return Frame(
        head.stream,
        _whole(m, "seq", 0, _MOST_SEQ),
        _whole(m, "t0", -_MOST_INT, _MOST_INT),
        dt_us,
        counts,
        head.scale_n,
        head.offset_n,
        head.calibration_id,
        None if m["ticks"] is None else _whole(m, "ticks", 0, _MOST_INT),
        head.clock,
        head.rate_hz,
        _whole(m, "lost", 0, _MOST_LOST),
        head.loss,
    )


def _check_times(frame: Frame) -> None:
    dt_us = frame.dt_us
    if dt_us[0] != 0 or (dt_us[1:] < dt_us[:-1]).any():
        raise ContractError(RejectReason.UNSORTED_TIMES, "dt must start at 0 and not fall")
    if not EARLIEST_US <= frame.t0_us <= LATEST_US or dt_us[-1] > MAX_FRAME_SPAN_US:
        raise ContractError(
            RejectReason.ABSURD_TIMES, f"t0 = {frame.t0_us} us, span {int(frame.dt_us[-1])} us"
        )


def _typed(value: Any, tag: int, dtype: str) -> npt.NDArray[Any]:
    if not isinstance(value, cbor2.CBORTag) or value.tag != tag or not isinstance(value.value, bytes):
        raise ContractError(RejectReason.UNDECODABLE, f"expected an RFC 8746 typed array with tag {tag}")
    return np.frombuffer(value.value, dtype=dtype)


def _stream(value: Any) -> str:
    if not isinstance(value, str) or not _STREAM_ID.fullmatch(value):
        raise ContractError(RejectReason.UNDECODABLE, f"stream {value!r} is not 16 to 32 hex digits")
    return value


def _whole(m: dict[str, Any], key: str, least: int, most: int) -> int:
    value = m[key]
    if type(value) is not int or not least <= value <= most:
        raise ContractError(RejectReason.UNDECODABLE, f"{key} = {value!r} is not a whole number in range")
    return value


def _finite(value: Any, key: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ContractError(RejectReason.UNDECODABLE, f"{key} = {value!r} is not a finite number")
    return float(value)


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or len(value) > 128:
        raise ContractError(RejectReason.UNDECODABLE, f"{key} is not a short text")
    return value
