"""Good messages, and bytes that are nearly good."""

import cbor2
import numpy as np
from hypothesis import strategies as st

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import EARLIEST_US, LATEST_US, ClockKind, Frame, LossKnowledge
from tempoband.contracts.ledger import Evicted, Mark, Reached, StreamEnded
from tempoband.contracts.ranges import to_ranges
from tempoband.contracts.receipts import Receipt, Rejected

STREAMS = st.text("0123456789abcdef", min_size=16, max_size=32)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SEQS = st.integers(0, 2**53 - 1)
RANGES = st.sets(st.integers(0, 5000), max_size=60).map(to_ranges)
SHA256 = st.binary(min_size=32, max_size=32)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    steps = draw(st.lists(st.integers(0, 100_000), min_size=0, max_size=60))
    dt_us = np.concatenate([[0], np.cumsum(steps)]).astype(np.uint32)
    counts = draw(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=len(dt_us), max_size=len(dt_us)))
    return Frame(
        stream=draw(STREAMS),
        seq=draw(SEQS),
        t0_us=draw(st.integers(EARLIEST_US, LATEST_US)),
        dt_us=dt_us,
        counts=np.array(counts, np.int32),
        scale_n=draw(FLOATS),
        offset_n=draw(FLOATS),
        calibration_id=draw(st.text(max_size=128)),
        ticks=draw(st.none() | st.integers(0, 2**63 - 1)),
        clock=draw(st.sampled_from(ClockKind)),
        rate_hz=draw(FLOATS),
        lost=draw(st.integers(0, 2**32 - 1)),
        loss=draw(st.sampled_from(LossKnowledge)),
    )


RECEIPTS = st.builds(
    Receipt,
    st.none() | STREAMS,
    RANGES,
    st.lists(st.builds(Rejected, SHA256, st.sampled_from(RejectReason)), max_size=4).map(tuple),
    st.lists(SHA256, max_size=4).map(tuple),
)
MARKS = st.builds(Mark, st.text(max_size=40), st.integers(0, 2**62))
NOTES = st.one_of(
    st.builds(Reached, MARKS, st.none() | MARKS),
    st.builds(StreamEnded, STREAMS, st.integers(-1, 2**53)),
    st.builds(
        Evicted,
        STREAMS,
        RANGES,
        st.integers(0, 2**53),
        st.integers(0, 2**62),
        st.integers(0, 2**62),
        st.text(max_size=40),
    ),
)

_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=40)
)
VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
        st.builds(cbor2.CBORTag, st.integers(60, 90), inner),
    ),
    max_leaves=6,
)


def nearly(payloads: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Good bytes with a field changed or gone, a bit flipped, the end cut or something behind it."""

    @st.composite
    def spoil(draw: st.DrawFn) -> bytes:
        payload = draw(payloads)
        match draw(st.integers(0, 3)):
            case 0:
                m = cbor2.loads(payload)
                m[draw(st.sampled_from(sorted(m)))] = draw(VALUES)
                return cbor2.dumps(m)
            case 1:
                m = cbor2.loads(payload)
                del m[draw(st.sampled_from(sorted(m)))]
                return cbor2.dumps(m)
            case 2:
                spoilt = bytearray(payload)
                spoilt[draw(st.integers(0, len(payload) - 1))] ^= 1 << draw(st.integers(0, 7))
                return bytes(spoilt)
            case _:
                return payload[: draw(st.integers(0, len(payload)))] + draw(st.binary(max_size=8))

    return spoil()
