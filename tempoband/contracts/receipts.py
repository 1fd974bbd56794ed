"""The receipt: what the store has committed for good, so that the bridge may trim its spool."""

from dataclasses import dataclass
from typing import Any

import cbor2

from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import load_map
from tempoband.contracts.ranges import Range, check_ranges

RECEIPT_VERSION = 1
_SHA256_BYTES = 32


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message refused for good, named by its bytes: an undecodable one has no stream or seq."""

    sha256: bytes
    reason: RejectReason


@dataclass(frozen=True, slots=True)
class Receipt:
    """Published once per batch, stream and bridge, only after the durable commit.

    Attributes:
        stream: the stream the ranges belong to; None when it carries only rejects or notes.
        committed: inclusive seq ranges now durable (also when they were already: re-sending is harmless).
        rejected: messages that went to the dead letters.
        notes: SHA-256 of ledger notes now durable.
    """

    stream: str | None
    committed: tuple[Range, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[bytes, ...] = ()


def encode_receipt(receipt: Receipt) -> bytes:
    """Receipt to CBOR bytes."""
    return cbor2.dumps(
        {
            "v": RECEIPT_VERSION,
            "stream": receipt.stream,
            "committed": [list(r) for r in receipt.committed],
            "rejected": [{"sha256": r.sha256, "reason": str(r.reason)} for r in receipt.rejected],
            "notes": list(receipt.notes),
        }
    )


def decode_receipt(payload: bytes) -> Receipt:
    """CBOR bytes to a receipt.

    Raises:
        ContractError: for every byte string that is not a good receipt.
    """
    m = load_map(payload)
    if m.get("v") != RECEIPT_VERSION:
        raise ContractError(RejectReason.UNKNOWN_VERSION, f"v = {m.get('v')!r}, known: {RECEIPT_VERSION}")
    try:
        return Receipt(
            stream=_stream(m["stream"]),
            committed=check_ranges(m["committed"]),
            rejected=tuple(Rejected(_sha256(r["sha256"]), RejectReason(r["reason"])) for r in m["rejected"]),
            notes=tuple(_sha256(n) for n in m["notes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ContractError(RejectReason.UNDECODABLE, f"bad receipt: {error}") from error


def _stream(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"stream {value!r} is not a text")
    return value


def _sha256(value: Any) -> bytes:
    if not isinstance(value, bytes) or len(value) != _SHA256_BYTES:
        raise TypeError("not a SHA-256")
    return value
