"""Sealed blocks: exact, small, and a flipped bit is found."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.sealed import numbers, prediction, rice, times
from tempoband.storage.timeseries.sealed.block import open_block, seal
from tests.timeseries.making import make_frame, make_stream

A = "a" * 16
INTS = hnp.arrays(
    np.int64,
    st.integers(0, 600),
    elements=st.one_of(
        st.integers(-20, 20), st.integers(-(2**40), 2**40), st.sampled_from([0, 2**63 - 1, -(2**63)])
    ),
)


@given(INTS)
def test_rice_codes_are_exact(values: np.ndarray):
    back, used = rice.decode(memoryview(rice.encode(values)))
    np.testing.assert_array_equal(back, values)
    assert used == len(rice.encode(values))


@given(INTS, st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True))
def test_numbers_are_exact_with_every_order_of_differences(values: np.ndarray, orders: list[int]):
    code = numbers.encode(values, tuple(orders))
    back, rest = numbers.decode(memoryview(code + b"next"))
    np.testing.assert_array_equal(back, values)
    assert bytes(rest) == b"next"


COUNTS = hnp.arrays(
    np.int64,
    st.integers(0, 1500),
    elements=st.one_of(st.integers(-50, 50), st.integers(-(2**31), 2**31 - 1)),
    fill=st.integers(-5, 5),
)


@given(COUNTS, st.booleans())
def test_predicted_samples_are_exact(values: np.ndarray, smooth: bool):
    values = np.cumsum(np.cumsum(values % 7 - 3)) if smooth else values
    code = prediction.encode(values)
    back, rest = prediction.decode(memoryview(code + b"next"))
    np.testing.assert_array_equal(back, values)
    assert bytes(rest) == b"next"


@pytest.mark.parametrize("n", [65, 255, 256, 257, 511, 512, 513, 5000])
def test_prediction_is_used_and_exact_at_the_edges_of_lanes(n: int):
    random = np.random.default_rng(n)
    values = np.round(5e3 * np.sin(np.arange(n) / 60) + random.normal(0, 5, n)).astype(np.int64)
    code = prediction.encode(values)
    np.testing.assert_array_equal(prediction.decode(memoryview(code))[0], values)
    predicted = b"\1" + prediction._encode_predicted(values)
    np.testing.assert_array_equal(prediction.decode(memoryview(predicted))[0], values)
    assert code[0] == 1 or n < 1000


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=400), st.randoms())
def test_times_are_exact_whatever_the_steps(steps: list[int], random):
    time_us = np.cumsum(np.array(steps, np.int64)) + 1_780_000_000_000_000
    first = np.array([True] + [random.random() < 0.1 for _ in steps[1:]])
    for code in (times.encode(time_us, first), b"\0" + times._encode_lines(time_us)):
        back, rest = times.decode(memoryview(code), first)
        np.testing.assert_array_equal(back, time_us)
        assert not rest


@given(st.binary(max_size=200))
def test_rubbish_is_refused(data: bytes):
    for decode in (rice.decode, numbers.decode, prediction.decode):
        try:
            decode(memoryview(data))
        except rice.CodeError:
            continue
    with pytest.raises(StorageError):
        open_block(data)


FRAMES = st.builds(
    lambda n, sizes, clock, loss, lost, ticks, scale: [
        make_frame(A, 5 + i, size, clock=clock, loss=loss, lost=lost * (i % 3), scale_n=scale)
        if ticks
        else make_frame(A, 5 + i, size, clock=clock, loss=loss, lost=lost, scale_n=scale, ticks=None)
        for i, size in enumerate(sizes[: n + 1])
    ],
    st.integers(0, 30),
    st.lists(st.integers(1, 40), min_size=31, max_size=31),
    st.sampled_from(ClockKind),
    st.sampled_from(LossKnowledge),
    st.integers(0, 2**40),
    st.booleans(),
    st.floats(1e-9, 1e9),
)


@given(FRAMES)
def test_a_block_gives_its_frames_back(frames):
    assert list(open_block(seal(frames)).frames()) == frames


def test_extreme_counts_and_ticks_survive():
    counts = np.array([2**31 - 1, -(2**31), 0, -1, 2**31 - 1], np.int32)
    frames = [make_frame(A, n, 5, counts=counts, ticks=(2**63 - 1) * (n % 2)) for n in range(20)]
    assert list(open_block(seal(frames)).frames()) == frames


def test_every_flipped_bit_is_found():
    data = seal(make_stream(A, 6))
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(StorageError) as caught:
            open_block(bytes(flipped))
        assert caught.value.reason is StorageReason.CORRUPT
    for length in range(len(data)):
        with pytest.raises(StorageError):
            open_block(data[:length])


def test_a_later_format_is_refused_in_words():
    from tempoband.storage.timeseries.sealed import block

    data = bytearray(seal(make_stream(A, 3))[:-8])
    data[3] = block.BLOCK_VERSION + 1
    with pytest.raises(StorageError, match="update tempoband") as caught:
        open_block(bytes(data) + block._check(bytes(data)))
    assert caught.value.reason is StorageReason.TOO_NEW


@pytest.mark.parametrize("hole_every", [0, 15, 400])
def test_a_block_is_close_to_what_information_theory_allows(hole_every: int):
    """White noise of a known spread on a slow curve, jitter of a known spread on the clock."""
    random = np.random.default_rng(1)
    n, noise_counts, jitter_us = 48_000, 3.0, 3.0
    index = np.arange(n)
    counts = np.round(3000 + 2000 * np.sin(index / 60) + random.normal(0, noise_counts, n)).astype(np.int32)
    holes = np.cumsum(index % hole_every == 0) * 6000 if hole_every else 0
    time_us = (1_780_000_000_000_000 + index * 12_500 + holes + random.normal(0, jitter_us, n)).astype(
        np.int64
    )
    frames = [
        replace(
            make_frame(A, seq, 15, counts=counts[at : at + 15]),
            t0_us=int(time_us[at]),
            dt_us=(time_us[at : at + 15] - time_us[at]).astype(np.uint32),
            ticks=int(time_us[at] - time_us[0]),
        )
        for seq, at in enumerate(range(0, n, 15))
    ]
    bits = len(seal(frames)) * 8 / n
    entropy = sum(np.log2(spread * np.sqrt(2 * np.pi * np.e)) for spread in (noise_counts, jitter_us))
    assert bits < 1.25 * entropy
