"""The Progressor protocol as a sensor speaks it: opcodes in, tag-length-value out, little endian.

After the vendor's public API description and the open firmwares that are compatible with it.
"""

import struct
from enum import IntEnum

import numpy as np
import numpy.typing as npt

SERVICE_UUID = "7e4e1701-1ea6-40c9-9dcc-13d34ffead57"
DATA_UUID = "7e4e1702-1ea6-40c9-9dcc-13d34ffead57"  # notify
CONTROL_UUID = "7e4e1703-1ea6-40c9-9dcc-13d34ffead57"  # write
MAX_SAMPLES_PER_PACKET = 31  # the length is one byte, a sample is eight
CLOCK_MODULO = 1 << 32  # microseconds: wraps after 71.6 minutes

_SAMPLE = np.dtype([("kg", "<f4"), ("us", "<u4")])


class Opcode(IntEnum):
    """Commands; the byte alone is a whole command."""

    TARE = 0x64
    START_WEIGHT = 0x65
    STOP_WEIGHT = 0x66
    START_PEAK_RFD = 0x67
    START_RFD_SERIES = 0x68
    ADD_CALIBRATION_POINT = 0x69
    SAVE_CALIBRATION = 0x6A
    FIRMWARE_VERSION = 0x6B
    ERROR_INFORMATION = 0x6C
    CLEAR_ERROR_INFORMATION = 0x6D
    SLEEP = 0x6E
    BATTERY_MILLIVOLTS = 0x6F
    DEVICE_ID = 0x70


class Tag(IntEnum):
    """What a notification holds. Replies do not name their command: one may be in flight at a time."""

    REPLY = 0
    WEIGHT = 1
    LOW_POWER = 4


def encode(tag: Tag, value: bytes = b"") -> bytes:
    """One notification."""
    return bytes([tag, len(value)]) + value


def encode_weights(weight_kg: npt.NDArray[np.float32], device_us: npt.NDArray[np.uint32]) -> bytes:
    """A weight notification of up to 31 samples."""
    samples = np.empty(len(weight_kg), _SAMPLE)
    samples["kg"], samples["us"] = weight_kg, device_us
    return encode(Tag.WEIGHT, samples.tobytes())


def encode_battery(millivolts: int) -> bytes:
    """A battery reply."""
    return encode(Tag.REPLY, struct.pack("<I", millivolts))


def encode_device_id(device_id: int) -> bytes:
    """A device id reply: u64 without its trailing zero bytes, as real ones send it."""
    return encode(Tag.REPLY, struct.pack("<Q", device_id).rstrip(b"\0") or b"\0")
