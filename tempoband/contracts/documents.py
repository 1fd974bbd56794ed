"""A document: one row of the records on its way between a home and its clinic.

CBOR; named by the SHA-256 of its bytes in receipts. ``base`` is the digest of what both sides had before, so
that a change made on both sides is seen as such.
"""

import math
from dataclasses import dataclass
from typing import Any

import cbor2

from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import digest, load_map

DOCUMENT_VERSION = 1
MAX_DOCUMENT_BYTES = 64 * 1024
_DEEPEST = 8
_SHA256_BYTES = 32

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one row.

    Attributes:
        kind: which table, in the words of ``uplink.kinds``; ``order`` for an order.
        key: the row's key within its kind.
        at_us: when the sender noticed the change; the later change wins.
        base: digest of the version both sides had last; None when there was none.
        body: the columns by name; None: the row was deleted.
    """

    kind: str
    key: str
    at_us: int
    base: bytes | None
    body: Body | None


def body_digest(body: Body | None) -> bytes | None:
    """SHA-256 of a body's canonical bytes; None for a deleted row."""
    return None if body is None else digest(cbor2.dumps(body, canonical=True))


def encode_document(document: Document) -> bytes:
    """Document to CBOR bytes."""
    return cbor2.dumps(
        {
            "v": DOCUMENT_VERSION,
            "kind": document.kind,
            "key": document.key,
            "at_us": document.at_us,
            "base": document.base,
            "body": document.body,
        },
        canonical=True,
    )


def decode_document(payload: bytes) -> Document:
    """CBOR bytes to a document whose body holds plain values only.

    Raises:
        ContractError: for every byte string that is not a good document.
    """
    if len(payload) > MAX_DOCUMENT_BYTES:
        raise ContractError(RejectReason.OVERSIZE, f"{len(payload)} bytes, at most {MAX_DOCUMENT_BYTES}")
    m = load_map(payload)
    if m.get("v") != DOCUMENT_VERSION:
        raise ContractError(RejectReason.UNKNOWN_VERSION, f"v = {m.get('v')!r}, known: {DOCUMENT_VERSION}")
    kind, key, at_us, base, body = (m.get(name) for name in ("kind", "key", "at_us", "base", "body"))
    if not (isinstance(kind, str) and isinstance(key, str) and 0 < len(kind) <= 64 and 0 < len(key) <= 64):
        raise _bad("kind and key are short texts")
    if type(at_us) is not int or not 0 <= at_us < 2**62:
        raise _bad("at_us is a time")
    if base is not None and (not isinstance(base, bytes) or len(base) != _SHA256_BYTES):
        raise _bad("base is a SHA-256")
    if body is not None and not isinstance(body, dict):
        raise _bad("body is a map")
    if not _plain(body, 0):
        raise _bad("body holds plain values only")
    return Document(kind, key, at_us, base, body)


def _plain(value: object, depth: int) -> bool:
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return all(isinstance(k, str) and _plain(v, depth + 1) for k, v in value.items())
    if isinstance(value, list):
        return all(_plain(each, depth + 1) for each in value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    return type(value) is int and -(2**63) <= value < 2**63


def _bad(words: str) -> ContractError:
    return ContractError(RejectReason.UNDECODABLE, f"bad document: {words}")
