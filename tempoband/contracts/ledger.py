"""What closes the ledger of a stream: that it ended, and what was given up; and how far a home has come.

Notes travel on the ``ledger`` topic, are spooled like frames and receipted by their SHA-256.
"""

from dataclasses import astuple, dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the one who fills a store has come, in its own numbers.

    The store keeps it beside the samples: restored from a backup it tells again what it really holds.

    Attributes:
        spool: which numbering of commits; a restored one is another.
        position: every commit up to this number is durable here.
        documents: how many documents were receipted to it.
    """

    spool: str
    position: int
    documents: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """A home has receipts for everything up to ``mark``; ``before`` is the mark that its clinic had last.

    It counts only where ``before`` is still what stands there: a clinic that was restored meanwhile has an
    older mark, and must not be told that it has what it lost.
    """

    mark: Mark
    before: Mark | None


def encode_note(note: LedgerNote | Reached) -> bytes:
    """Ledger note to CBOR bytes."""
    body: dict[str, object]
    if isinstance(note, Reached):
        before = None if note.before is None else list(astuple(note.before))
        body = {"kind": "reached", "mark": list(astuple(note.mark)), "before": before}
    elif isinstance(note, StreamEnded):
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


def decode_note(payload: bytes) -> LedgerNote | Reached:
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
            case "reached":
                before = m["before"]
                return Reached(_mark(m["mark"]), None if before is None else _mark(before))
            case kind:
                raise ContractError(RejectReason.UNDECODABLE, f"unknown ledger note {kind!r}")
    except (KeyError, TypeError, ValueError) as error:
        raise ContractError(RejectReason.UNDECODABLE, f"bad ledger note: {error}") from error


def _mark(value: Any) -> Mark:
    spool, position, documents = value
    return Mark(_str(spool), _int(position), _int(documents))


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _int(value: object) -> int:
    if type(value) is not int or not -1 <= value < 2**63:
        raise TypeError(f"{value!r} is not a whole number in range")
    return value
