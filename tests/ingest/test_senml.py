"""SenML packs: RFC 8428's own rules, and nothing but ContractError for the rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.senml import decode_senml
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import ClockKind, LossKnowledge, decode_frame, encode_frame

NOW_US = 1_780_000_000_000_000
STREAM = "5" * 16


def decode(pack: object):
    payload = pack if isinstance(pack, bytes) else json.dumps(pack).encode()
    return decode_senml(payload, NOW_US, STREAM, 3)


def test_base_fields_carry_on_and_times_are_relative_or_absolute():
    frame = decode(
        [
            {"bn": "scale:", "bt": -1.0, "bu": "kg", "bv": 1.0, "n": "force", "v": 0.5},
            {"t": 0.5, "v": 1.0, "u": "N"},
            {"bt": 1_779_999_999.25, "v": 2.0},
        ]
    )
    assert (frame.time_us - NOW_US).tolist() == [-1_000_000, -750_000, -500_000]
    assert frame.tension_n.round(4).tolist() == [14.71, 29.42, 2.0]
    assert (frame.stream, frame.seq, frame.clock, frame.loss) == (
        STREAM,
        3,
        ClockKind.ARRIVAL,
        LossKnowledge.UNKNOWN,
    )


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        (b"{", RejectReason.UNDECODABLE),
        ({"v": 1}, RejectReason.UNDECODABLE),
        ([{"v": 1, "u": "lb"}], RejectReason.UNDECODABLE),
        ([{"v": "1", "u": "N"}], RejectReason.UNDECODABLE),
        ([{"v": True, "u": "N"}], RejectReason.UNDECODABLE),
        ([{"v": 1}], RejectReason.UNDECODABLE),
        ([], RejectReason.IMPOSSIBLE_COUNTS),
        ([{"n": "x"}], RejectReason.IMPOSSIBLE_COUNTS),
        ([{"v": 1e12, "u": "N"}], RejectReason.IMPOSSIBLE_COUNTS),
        ([{"v": 1, "u": "N", "t": 1e300}], RejectReason.UNDECODABLE),
        ([{"v": 1, "u": "N", "t": 1e12}], RejectReason.ABSURD_TIMES),
        ([{"v": 1, "u": "N"}, {"v": 1, "u": "N", "t": -3600}], RejectReason.ABSURD_TIMES),
    ],
)
def test_what_is_no_measurement_is_refused_with_its_reason(pack: object, reason: RejectReason):
    with pytest.raises(ContractError) as caught:
        decode(pack)
    assert caught.value.reason is reason


JSONS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["v", "u", "t", "bt", "bv", "bu", "n", "x"]), inner, max_size=5)
    ),
    max_leaves=12,
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"v": st.floats() | st.integers(), "u": st.sampled_from(["N", "kg"])},
        optional={"t": st.floats() | st.integers(), "bt": st.floats(), "bv": st.floats()},
    ),
    max_size=5,
)


@given(
    st.one_of(
        st.binary(max_size=80),
        JSONS.map(lambda x: json.dumps(x).encode()),
        RECORDS.map(lambda x: json.dumps(x).encode()),
    )
)
def test_every_pack_is_a_good_frame_or_refused(payload: bytes):
    try:
        frame = decode(payload)
    except ContractError:
        return
    assert decode_frame(encode_frame(frame)) == frame
