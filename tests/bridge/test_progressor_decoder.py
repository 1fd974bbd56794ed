import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.drivers.base import Samples
from firmware_bridge.drivers.progressor import MAX_KG, SCALE_N, LowPower, Other, Reply, Tag, decode
from firmware_bridge.errors import DecodeError, DecodeReason
from tempoband.contracts.units import NEWTONS_PER_KGF

weights = st.floats(-MAX_KG, MAX_KG, width=32)
ticks = st.integers(0, 2**32 - 1)


def weight_packet(pairs):
    value = b"".join(struct.pack("<fI", kg, us) for kg, us in pairs)
    return bytes([Tag.WEIGHT, len(value)]) + value


def reason_of(packet):
    with pytest.raises(DecodeError) as caught:
        decode(packet)
    return caught.value.reason


@given(st.binary(max_size=600))
def test_every_byte_string_decodes_or_raises_our_error(packet):
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(packet), Samples | Reply | LowPower | Other)


@given(st.sampled_from(list(Tag)), st.binary(max_size=248))
def test_every_framed_value_decodes_or_raises_our_error(tag, value):
    try:
        message = decode(bytes([tag, len(value)]) + value)
    except DecodeError:
        assert tag is Tag.WEIGHT
    else:
        assert isinstance(message, Samples) == (tag is Tag.WEIGHT)


@given(st.lists(st.tuples(weights, ticks), min_size=1, max_size=31))
def test_weights_round_trip_within_half_a_count(pairs):
    samples = decode(weight_packet(pairs))
    assert samples.ticks.tolist() == [us for _, us in pairs]
    newtons = samples.counts * SCALE_N
    assert np.allclose(newtons, [kg * NEWTONS_PER_KGF for kg, _ in pairs], rtol=0, atol=0.5001 * SCALE_N)


def test_known_bytes():
    # Two samples, 1.0 kg at 12500 us and -0.5 kg at 25000 us, written down by hand.
    packet = bytes.fromhex("0110 0000803f d4300000 000000bf a8610000".replace(" ", ""))
    samples = decode(packet)
    assert samples.ticks.tolist() == [12500, 25000]
    assert samples.counts.tolist() == [9807, -4903]


def test_battery_reply_and_low_power():
    assert decode(b"\x00\x04" + struct.pack("<I", 3987)) == Reply(struct.pack("<I", 3987))
    assert decode(b"\x04\x00") == LowPower()
    assert decode(b"\x02\x04abcd") == Other(Tag.RFD_PEAK)


def test_a_fixed_size_buffer_with_trailing_zeros_is_accepted():
    assert len(decode(weight_packet([(1.0, 5)]) + bytes(4))) == 1
    assert reason_of(weight_packet([(1.0, 5)]) + b"\0\0\0\1") is DecodeReason.LENGTH


@pytest.mark.parametrize("samples", range(3, 32))
def test_a_packet_cut_by_a_small_mtu_is_told_apart(samples):
    assert reason_of(weight_packet([(1.0, 5)] * samples)[:20]) is DecodeReason.CUT


@given(st.lists(st.tuples(weights, ticks), min_size=1, max_size=31), st.data())
def test_no_truncated_packet_passes(pairs, data):
    packet = weight_packet(pairs)
    cut = data.draw(st.integers(0, len(packet) - 1))
    assert reason_of(packet[:cut]) in {DecodeReason.SHORT, DecodeReason.LENGTH, DecodeReason.CUT}


@pytest.mark.parametrize("kg", [float("nan"), float("inf"), float("-inf")])
def test_a_weight_that_is_no_number_is_refused(kg):
    assert reason_of(weight_packet([(1.0, 5), (kg, 6)])) is DecodeReason.NOT_FINITE


def test_an_impossible_weight_is_refused():
    assert reason_of(weight_packet([(1.01 * MAX_KG, 6)])) is DecodeReason.IMPLAUSIBLE


def test_an_empty_or_odd_weight_is_refused():
    assert reason_of(b"\x01\x00") is DecodeReason.LENGTH
    assert reason_of(b"\x01\x07" + bytes(7)) is DecodeReason.LENGTH


@pytest.mark.parametrize("tag", range(6, 256))
def test_unknown_tags_are_refused(tag):
    assert reason_of(bytes([tag, 0])) is DecodeReason.UNKNOWN_TAG
