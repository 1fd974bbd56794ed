"""The binary message of samples, on the live socket and for stored curves.

Little-endian: u8 kind = 1, u8 version = 1, u16 n, u32 seq, f64 t0_us, f32 rate_hz, u32 lost, u32 stream_tag
(first 8 hex digits of the stream id), u32 reserved = 0; then u32 dt_us[n], f32 tension_n[n].
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tempoband.contracts.frame import Frame
from tempoband.storage.timeseries.base import Curve

KIND_SAMPLES = 1
VERSION = 1
HEADER = struct.Struct("<BBHIdfIII")
_MOST_SAMPLES = 65_535  # n is a u16
_LONGEST_US = 2**32 - 1  # dt is a u32
_UINT32 = 0xFFFF_FFFF
_LATEST_US = 2**53  # a float64 holds microseconds exactly up to here


def encode_frame(frame: Frame) -> bytes:
    """One live frame as one message; 8 bytes a sample and 32 of header."""
    header = HEADER.pack(
        KIND_SAMPLES,
        VERSION,
        len(frame),
        frame.seq & _UINT32,
        frame.t0_us,
        frame.rate_hz,
        min(frame.lost, _UINT32),
        int(frame.stream[:8], 16),
        0,
    )
    return header + frame.dt_us.astype("<u4").tobytes() + frame.tension_n.astype("<f4").tobytes()


@dataclass(frozen=True, slots=True)
class Block:
    """What must be known of a message of samples to pass it on."""

    tag: int
    seq: int
    end_us: int


def read_block(message: bytes) -> Block:
    """Check a message that another machine encoded.

    Raises:
        ValueError: it is none, or of another version, or holds what no sensor measures.
    """
    if len(message) < HEADER.size:
        raise ValueError("too short for samples")
    kind, version, n, seq, t0_us, rate_hz, _, tag, _ = HEADER.unpack_from(message)
    if (kind, version) != (KIND_SAMPLES, VERSION) or n == 0 or len(message) != HEADER.size + 8 * n:
        raise ValueError(f"kind {kind}, version {version}, {n} samples in {len(message)} bytes")
    dt_us = np.frombuffer(message, "<u4", n, HEADER.size)
    tension_n = np.frombuffer(message, "<f4", n, HEADER.size + 4 * n)
    if not (0 <= t0_us < _LATEST_US and np.isfinite(rate_hz) and np.isfinite(tension_n).all()):
        raise ValueError("a time or a tension that is none")
    if (dt_us[1:] < dt_us[:-1]).any():
        raise ValueError("times run backwards")
    return Block(tag, seq, int(t0_us) + int(dt_us[-1]))


def encode_curve(curve: Curve) -> Iterator[bytes]:
    """A stored curve as messages that follow each other; one, unless it spans more than 71 minutes."""
    start = 0
    seq = 0
    while start < len(curve):
        limit = curve.time_us[start] + _LONGEST_US
        stop = min(start + _MOST_SAMPLES, int(np.searchsorted(curve.time_us, limit, "right")))
        time_us, tension_n = curve.time_us[start:stop], curve.tension_n[start:stop]
        yield HEADER.pack(KIND_SAMPLES, VERSION, stop - start, seq, int(time_us[0]), 0.0, 0, 0, 0)
        yield (time_us - time_us[0]).astype("<u4").tobytes()
        yield tension_n.astype("<f4").tobytes()
        start, seq = stop, seq + 1
