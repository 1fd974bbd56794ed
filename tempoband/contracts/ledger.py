"""What closes the ledger of a stream: that it ended, and what was given up.

Notes travel on the ``ledger`` topic, are spooled like frames and receipted by their SHA-256.
"""

from dataclasses import dataclass

import cbor2

from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import load_map
from tempoband.contracts.ranges import Range, check_ranges

LEDGER_VERSION = 1


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """A stream is over; frames 0 to last_seq exist (-1: none)."""

    stream: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class Evicted:
    """The bridge had to give up frames before they were committed.

    Attributes:
        stream: the stream that lost them.
        ranges: inclusive seq ranges.
        samples: how many samples they held.
        start_us: UTC microseconds of the first sample given up.
        end_us: UTC microseconds of the last sample given up.
        reason: the bound that was met, such as ``spool_size`` or ``spool_age``.
    """

    stream: str
    ranges: tuple[Range, ...]
    samples: int
    start_us: int
    end_us: int
    reason: str


LedgerNote = StreamEnded | Evicted


def encode_note(note: LedgerNote) -> bytes:
    """Ledger note to CBOR bytes."""
    if isinstance(note, StreamEnded):
        body = {"kind": "ended", "stream": note.stream, "last_seq": note.last_seq}
    else:
        body = {
            "kind": "evicted",
            "stream": note.stream,
            "ranges": [list(r) for r in note.ranges],
            "samples": note.samples,
            "start_us": note.start_us,
            "end_us": note.end_us,
            "reason": note.reason,
        }
    return cbor2.dumps({"v": LEDGER_VERSION, **body})


def decode_note(payload: bytes) -> LedgerNote:
    """CBOR bytes to a ledger note.

    Raises:
        ContractError: for every byte string that is not a good note.
    """
    m = load_map(payload)
    if m.get("v") != LEDGER_VERSION:
        raise ContractError(RejectReason.UNKNOWN_VERSION, f"v = {m.get('v')!r}, known: {LEDGER_VERSION}")
    try:
        match m["kind"]:
            case "ended":
                return StreamEnded(stream=_str(m["stream"]), last_seq=_int(m["last_seq"]))
            case "evicted":
                return Evicted(
                    stream=_str(m["stream"]),
                    ranges=check_ranges(m["ranges"]),
                    samples=_int(m["samples"]),
                    start_us=_int(m["start_us"]),
                    end_us=_int(m["end_us"]),
                    reason=_str(m["reason"]),
                )
            case kind:
                raise ContractError(RejectReason.UNDECODABLE, f"unknown ledger note {kind!r}")
    except (KeyError, TypeError, ValueError) as error:
        raise ContractError(RejectReason.UNDECODABLE, f"bad ledger note: {error}") from error


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _int(value: object) -> int:
    if type(value) is not int or not -1 <= value < 2**63:
        raise TypeError(f"{value!r} is not a whole number in range")
    return value
