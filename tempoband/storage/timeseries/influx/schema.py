"""What stands in the bucket.

- ``tension``: tag sensor, time of the sample; newtons, to draw and to aggregate: the frames hold the exact
  values.
- ``frames``: tag sensor, time of its first sample + slot; stream, seq, n, span_us, lost, clock, digest, and
  frame (its bytes in base64).
- ``streams``: tag part, on the ledger day; stream, sensor, bridge, clock, loss, rate_hz, from_us, until_us,
  last_seq.
- ``evictions``: tag sensor, on the ledger day; stream, bridge, ranges, samples, start_us, end_us, reason.
- ``erasures``: tag sensor, on the ledger day; start_us, end_us, samples, frames (seq ranges by stream), done.
- ``changes``: no tag, time of the commit; sensor, start_us, end_us.
- ``outline``: tag sensor, time of a whole second; least, mean, greatest, samples: what retention keeps.
- ``marks``: no tag, on the ledger day; filler, spool, position, documents: how far a home has come.
- ``retention``: no tag, on the ledger day; kept_since_us: older samples were dropped.

Tags are bounded: sensors, and 256 parts of the streams. A point of InfluxDB is named by measurement, tags and
time, and a later write replaces it; so the time of a row must be as unique as the row. The nanoseconds below
a frame's microsecond are free for that (its slot). Rows that belong to no time, and that retention must not
take, stand on one day beyond every retention: the ledger day.
"""

import base64
import hashlib
from dataclasses import asdict, dataclass

from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge
from tempoband.contracts.ledger import Evicted, Mark
from tempoband.contracts.ranges import Range
from tempoband.storage.timeseries.influx.line_protocol import line

TENSION, FRAMES, STREAMS = "tension", "frames", "streams"
EVICTIONS, ERASURES, CHANGES, RETENTION = "evictions", "erasures", "changes", "retention"
MARKS = "marks"
NEWTONS = "newtons"

LEDGER_DAY_NS = 7_258_118_400_000_000_000  # 2200-01-01
LEDGER_DAY_END_NS = LEDGER_DAY_NS + 2**46  # 19.5 hours: one shard
FIRST_FRAME_NS, LAST_FRAME_NS = 0, LEDGER_DAY_NS - 1
HOUR_US = 3_600_000_000
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class StreamRow:
    """What is known of a stream beside its frames.

    ``from_us`` to ``until_us`` are whole hours that hold every frame of it; they and the other fields are
    None while only its end is known.
    """

    stream: str
    sensor: str
    bridge: str
    clock: ClockKind | None = None
    loss: LossKnowledge | None = None
    rate_hz: float | None = None
    from_us: int | None = None
    until_us: int | None = None
    last_seq: int | None = None

    def line(self) -> bytes:
        """The row, or what is known of it: the server merges the fields of a point."""
        values = {
            "stream": self.stream,
            "sensor": self.sensor,
            "bridge": self.bridge,
            "clock": self.clock and str(self.clock),
            "loss": self.loss and str(self.loss),
            "rate_hz": self.rate_hz,
            "from_us": self.from_us,
            "until_us": self.until_us,
            "last_seq": self.last_seq,
        }
        known = {name: value for name, value in values.items() if value is not None}
        return line(STREAMS, {"part": part_of(self.stream)}, known, _ledger_time(self.stream))


@dataclass(frozen=True, slots=True)
class Erasure:
    """A stretch of a sensor that was erased and must stay so.

    Attributes:
        frames: seq ranges that were erased whole, by stream: they are not missing.
        done: False while the deletion is under way.
    """

    sensor: str
    start_us: int
    end_us: int
    samples: int
    frames: dict[str, tuple[Range, ...]]
    done: bool

    def line(self) -> bytes:
        """The row; one a stretch, so that finishing an erasure replaces its row."""
        values: dict[str, str | int | bool] = {
            "start_us": self.start_us,
            "end_us": self.end_us,
            "samples": self.samples,
            "frames": ";".join(f"{stream}={ranges_text(ranges)}" for stream, ranges in self.frames.items()),
            "done": self.done,
        }
        key = f"{self.sensor} {self.start_us} {self.end_us}"
        return line(ERASURES, {"sensor": self.sensor}, values, _ledger_time(key))


def frame_line(sensor: str, frame: Frame, payload: bytes, delivered_digest: bytes, time_ns: int) -> bytes:
    """The row of a frame; ``payload`` differs from what was delivered where a part of it is erased."""
    values: dict[str, str | int] = {
        "stream": frame.stream,
        "seq": frame.seq,
        "n": len(frame),
        "span_us": frame.end_us - frame.t0_us,
        "lost": frame.lost,
        "clock": str(frame.clock),
        "digest": delivered_digest.hex(),
        "frame": base64.b64encode(payload).decode(),
    }
    return line(FRAMES, {"sensor": sensor}, values, time_ns)


def eviction_line(bridge: str, sensor: str, note: Evicted) -> bytes:
    """The row of an eviction; the same note always gives the same row."""
    values: dict[str, str | int] = {
        "stream": note.stream,
        "bridge": bridge,
        "ranges": ranges_text(note.ranges),
        "samples": note.samples,
        "start_us": note.start_us,
        "end_us": note.end_us,
        "reason": note.reason,
    }
    return line(EVICTIONS, {"sensor": sensor}, values, _ledger_time(repr(note)))


def change_line(cursor: int, sensor: str, start_us: int, end_us: int) -> bytes:
    """The row of a commit; its time in microseconds is the cursor."""
    return line(CHANGES, {}, {"sensor": sensor, "start_us": start_us, "end_us": end_us}, cursor * 1000)


def retention_line(kept_since_us: int) -> bytes:
    """The row of how far retention has got; there is one."""
    return line(RETENTION, {}, {"kept_since_us": kept_since_us}, LEDGER_DAY_NS)


def mark_line(filler: str, mark: Mark) -> bytes:
    """The row of how far a home has come; there is one a home."""
    values: dict[str, str | int] = {"filler": filler, **asdict(mark)}
    return line(MARKS, {}, values, _ledger_time(filler))


def part_of(stream: str) -> str:
    """The part of the streams this one stands in: its first byte."""
    return stream[:2]


def short_digest(digest: bytes) -> bytes:
    """What of a SHA-256 is kept to tell a re-sent frame from another one of the same name."""
    return digest[:_DIGEST_BYTES]


def ranges_text(ranges: tuple[Range, ...]) -> str:
    """Ranges as ``0-4,8-9``."""
    return ",".join(f"{first}-{last}" for first, last in ranges)


def ranges_from(text: str) -> tuple[Range, ...]:
    """The ranges of ``0-4,8-9``."""
    pairs = (part.split("-") for part in text.split(",") if part)
    return tuple((int(first), int(last)) for first, last in pairs)


def _ledger_time(key: str) -> int:
    return LEDGER_DAY_NS + int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % 2**46
