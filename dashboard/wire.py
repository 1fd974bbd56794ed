"""The binary message of samples, on the live socket and for stored curves.

Little-endian: u8 kind = 1, u8 version = 1, u16 n, u32 seq, f64 t0_us, f32 rate_hz, u32 lost, u32 stream_tag
(first 8 hex digits of the stream id), u32 reserved = 0; then u32 dt_us[n], f32 tension_n[n].
"""

import struct
from collections.abc import Iterator

import numpy as np

from tempoband.contracts.frame import Frame
from tempoband.storage.timeseries.base import Curve

KIND_SAMPLES = 1
VERSION = 1
HEADER = struct.Struct("<BBHIdfIII")
_MOST_SAMPLES = 65_535  # n is a u16
_LONGEST_US = 2**32 - 1  # dt is a u32
_UINT32 = 0xFFFF_FFFF


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
