"""Line protocol: samples by the thousand through a matrix of digits, single rows one by one.

Format: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
Times are written in nanoseconds, the precision the server keeps, so that one request may mix samples
(whole microseconds) with rows that need finer keys.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

FieldValue = str | int | float | bool
Bytes = npt.NDArray[np.uint8]

DECIMALS = 6  # micronewtons: a thousandth of the resolution of the finest sensor known
_SCALE = 10**DECIMALS
_MOST_NEWTONS = 9e12  # beyond this a value in micronewtons does not fit in 63 bits
_GROUP = 10_000  # digits are looked up four at a time
_FOUR_DIGITS = np.frombuffer("".join(f"{n:04d}" for n in range(_GROUP)).encode(), dtype=np.uint32)
_ZERO, _MINUS = np.uint8(ord("0")), np.uint8(ord("-"))
_NOTHING = np.uint8(0)  # NUL stands for no character; no text of ours holds it
_CHUNK = 4096
_INT64_BITS = 63


def samples(prefix: bytes, time_us: npt.NDArray[np.int64], value: npt.NDArray[np.float64]) -> bytes:
    """Lines ``<prefix><value> <time>``, one a sample.

    Args:
        prefix: measurement, tags and field name up to and with ``=``, escaped, for every line.
        time_us: int64, shape (n,), microseconds, not negative.
        value: float64, shape (n,); written with six decimals. Values that are not finite or not below
            9e12 in size cannot be written and are left out.

    Returns:
        ASCII lines with nanosecond times, each ended by a line feed.
    """
    usable = np.abs(value) < _MOST_NEWTONS  # False for NaN too
    if not usable.all():
        time_us, value = time_us[usable], value[usable]
    if len(value) == 0:
        return b""
    return b"".join(
        _chunk(prefix, time_us[i : i + _CHUNK], value[i : i + _CHUNK]) for i in range(0, len(value), _CHUNK)
    )


def line(measurement: str, tags: Mapping[str, str], fields: Mapping[str, FieldValue], time_ns: int) -> bytes:
    """One row as a line with its line feed.

    Raises:
        ValueError: no fields, an empty tag value, a whole number beyond 64 bits, a float that is not finite.
    """
    if not fields:
        raise ValueError(f"a row of {measurement} needs at least one field")
    key = _escape(measurement, ", ") + "".join(
        f",{_escape(name, ',= ')}={_escape(_not_empty(name, tags[name]), ',= ')}" for name in sorted(tags)
    )
    values = ",".join(f"{_escape(name, ',= ')}={field_text(value)}" for name, value in fields.items())
    return f"{key} {values} {time_ns}\n".encode()


def sample_prefix(measurement: str, sensor: str, field: str) -> bytes:
    """The constant start of the sample lines of one sensor."""
    return f"{_escape(measurement, ', ')},sensor={_escape(sensor, ',= ')} {_escape(field, ',= ')}=".encode()


def field_text(value: FieldValue) -> str:
    """A field's value as the protocol spells its type.

    Raises:
        ValueError: a whole number beyond 64 bits or a float that is not finite.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -(2**_INT64_BITS) <= value < 2**_INT64_BITS:
            raise ValueError(f"{value} does not fit in 64 bits")
        return f"{value}i"
    if isinstance(value, float):
        if not np.isfinite(value):
            raise ValueError(f"{value} cannot be stored: not a finite number")
        return repr(float(value))
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _not_empty(name: str, value: str) -> str:
    if not value or "\n" in value or value.endswith("\\"):
        raise ValueError(f"tag {name} = {value!r} cannot be written")
    return value


def _escape(text: str, special: str) -> str:
    for character in special:
        text = text.replace(character, f"\\{character}")
    return text


def _chunk(prefix: bytes, time_us: npt.NDArray[np.int64], value: npt.NDArray[np.float64]) -> bytes:
    """As samples(); few enough rows for the matrix to stay in the processor's cache."""
    micro = np.rint(value * _SCALE).astype(np.int64)
    size = np.abs(micro)
    whole = size // _SCALE
    return _join(
        len(value),
        prefix,
        ((micro < 0) * _MINUS)[:, None],
        _without_leading_zeros(_digits(whole)),
        b".",
        _digits(size - whole * _SCALE, DECIMALS)[:, -DECIMALS:],
        b" ",
        _without_leading_zeros(_digits(time_us)),
        b"000\n",
    )


def _digits(value: npt.NDArray[np.int64], least: int = 1) -> Bytes:
    """ASCII digits of whole numbers >= 0, right-aligned; columns by fours, as many as the largest needs."""
    columns = -(-max(least, len(str(int(value.max())))) // 4)
    groups = np.empty((len(value), columns), dtype=np.uint32)
    rest = value
    for column in range(columns - 1, 0, -1):
        higher = rest // _GROUP
        groups[:, column] = _FOUR_DIGITS[rest - higher * _GROUP]
        rest = higher
    groups[:, 0] = _FOUR_DIGITS[rest]
    return groups.view(np.uint8)


def _without_leading_zeros(digits: Bytes) -> Bytes:
    """Blank leading zeros, in place; the last digit stays."""
    leading = np.ones(len(digits), dtype=np.bool_)
    for column in digits.T[:-1]:
        leading &= column == _ZERO
        if not leading.any():
            break
        column[leading] = _NOTHING
    return digits


def _join(rows: int, *columns: Bytes | bytes) -> bytes:
    """Rows of bytes side by side, without the blanks; plain bytes are the same in every row."""
    line = b"".join(c if isinstance(c, bytes) else bytes(c.shape[1]) for c in columns)
    matrix = np.frombuffer(bytearray(line * rows), dtype=np.uint8).reshape(rows, len(line))
    at = 0
    for column in columns:
        width = len(column) if isinstance(column, bytes) else column.shape[1]
        if not isinstance(column, bytes):
            matrix[:, at : at + width] = column
        at += width
    return matrix.tobytes().translate(None, bytes([_NOTHING]))
