"""Frame, receipt and ledger note: exact both ways, and every other byte string is refused with a reason."""

from collections.abc import Callable
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import (
    EARLIEST_US,
    MAX_FRAME_BYTES,
    MAX_FRAME_SAMPLES,
    decode_frame,
    encode_frame,
)
from tempoband.contracts.ledger import decode_note, encode_note
from tempoband.contracts.receipts import decode_receipt, encode_receipt
from tests.contracts.strategies import NOTES, RECEIPTS, frames, nearly

Codec = tuple[Callable[[Any], bytes], Callable[[bytes], Any]]
CODECS: tuple[Codec, ...] = (
    (encode_frame, decode_frame),
    (encode_receipt, decode_receipt),
    (encode_note, decode_note),
)
GOOD = st.one_of(frames().map(encode_frame), RECEIPTS.map(encode_receipt), NOTES.map(encode_note))


@given(frames())
def test_frames_are_exact(frame):
    payload = encode_frame(frame)
    back = decode_frame(payload)
    assert back == frame
    assert encode_frame(back) == payload
    assert len(back) == len(frame.counts)
    assert (back.end_us, list(back.time_us)) == (
        int(frame.time_us[-1]),
        list(frame.t0_us + frame.dt_us.astype(int)),
    )


@given(RECEIPTS)
def test_receipts_are_exact(receipt):
    assert decode_receipt(encode_receipt(receipt)) == receipt


@given(NOTES)
def test_ledger_notes_are_exact(note):
    assert decode_note(encode_note(note)) == note


@settings(max_examples=400)
@given(st.one_of(st.binary(max_size=200), nearly(GOOD)))
@example(b"")
@example(b"\xa0")
@example(b"\x9f" * 500)  # nested without end
@example(b"\xc1\xfb\x7f\xf8" + bytes(6))
@example(b"\xd8\x1c\xa1\x61a\xd8\x1d\x00")  # a value that contains itself
def test_every_byte_string_is_a_message_or_refused(payload: bytes):
    for encode, decode in CODECS:
        try:
            message = decode(payload)
        except ContractError:
            continue  # the only error that may come out
        assert decode(encode(message)) == message


_GOOD: dict[str, Any] = {
    "v": 1,
    "stream": "0" * 16,
    "seq": 0,
    "t0": EARLIEST_US,
    "dt": cbor2.CBORTag(70, np.array([0, 5], "<u4").tobytes()),
    "counts": cbor2.CBORTag(78, np.array([1, 2], "<i4").tobytes()),
    "scale_n": 0.01,
    "offset_n": 0.0,
    "calibration_id": "",
    "ticks": None,
    "clock": "device",
    "rate_hz": 80.0,
    "lost": 0,
    "loss": "exact",
}


def changed(**fields: Any) -> bytes:
    return cbor2.dumps({**_GOOD, **fields})


def typed(tag: int, values: list[int], dtype: str) -> cbor2.CBORTag:
    return cbor2.CBORTag(tag, np.array(values, dtype).tobytes())


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (changed(v=2), RejectReason.UNKNOWN_VERSION),
        (changed(dt=typed(70, [0, 0xFFFF_FFFF], "<u4")), RejectReason.ABSURD_TIMES),
        (changed(t0=0), RejectReason.ABSURD_TIMES),
        (changed(t0=2**62), RejectReason.ABSURD_TIMES),
        (changed(dt=typed(70, [1, 2], "<u4")), RejectReason.UNSORTED_TIMES),
        (
            changed(dt=typed(70, [0, 9, 3], "<u4"), counts=typed(78, [1, 2, 3], "<i4")),
            RejectReason.UNSORTED_TIMES,
        ),
        (changed(dt=typed(70, [0], "<u4")), RejectReason.IMPOSSIBLE_COUNTS),
        (changed(dt=typed(70, [], "<u4"), counts=typed(78, [], "<i4")), RejectReason.IMPOSSIBLE_COUNTS),
        (changed(counts=typed(70, [1, 2], "<u4")), RejectReason.UNDECODABLE),
        (changed(counts=[1, 2]), RejectReason.UNDECODABLE),
        (changed(stream="XYZ"), RejectReason.UNDECODABLE),
        (changed(seq=-1), RejectReason.UNDECODABLE),
        (changed(seq=True), RejectReason.UNDECODABLE),
        (changed(scale_n=float("nan")), RejectReason.UNDECODABLE),
        (changed(scale_n=True), RejectReason.UNDECODABLE),
        (changed(rate_hz=[80]), RejectReason.UNDECODABLE),
        (changed(clock="sundial"), RejectReason.UNDECODABLE),
        (changed(calibration_id="x" * 129), RejectReason.UNDECODABLE),
        (b"\x00" * (MAX_FRAME_BYTES + 1), RejectReason.OVERSIZE),
        (b"[]", RejectReason.UNDECODABLE),
    ],
)
def test_each_fault_of_a_frame_has_its_reason(payload: bytes, reason: RejectReason):
    decode_frame(changed())
    with pytest.raises(ContractError) as caught:
        decode_frame(payload)
    assert caught.value.reason is reason


def test_a_good_header_does_not_vouch_for_a_bad_one_that_equals_it():
    decode_frame(changed(rate_hz=1.0))
    with pytest.raises(ContractError):
        decode_frame(changed(rate_hz=True))  # 1.0 == True


def test_more_samples_than_a_notification_can_hold_are_refused():
    n = MAX_FRAME_SAMPLES + 1
    with pytest.raises(ContractError) as caught:
        decode_frame(changed(dt=typed(70, [0] * n, "<u4"), counts=typed(78, [0] * n, "<i4")))
    assert caught.value.reason is RejectReason.IMPOSSIBLE_COUNTS


def test_equal_stamps_are_no_fault():
    assert list(decode_frame(changed(dt=typed(70, [0, 0], "<u4"))).dt_us) == [0, 0]
