from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.wire import encode_curve, encode_frame
from tempoband.storage.timeseries.base import Curve
from tests.dashboard.served import T0, decode, frame


@given(
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=100),
    st.integers(0, 2**53 - 1),
    st.integers(0, 2**53 - 1),
)
def test_a_frame_survives_the_wire(counts: list[int], seq: int, lost: int) -> None:
    lattice = {"counts": np.array(counts, np.int32), "dt_us": np.arange(len(counts), dtype=np.uint32)}
    sent = replace(frame(), **lattice, scale_n=0.25, offset_n=-2.0, lost=lost, seq=seq)
    got = decode(encode_frame(sent))
    assert got.dt_us == sent.dt_us.tolist()
    assert got.tension_n == sent.tension_n.astype(np.float32).tolist()
    assert (got.t0_us, got.rate_hz, got.lost) == (T0, 80.0, min(lost, 2**32 - 1))
    assert (got.stream_tag, got.seq) == (0x00C0FFEE, seq % 2**32)


def split(message: bytes) -> list[bytes]:
    """Messages that follow each other."""
    found = []
    while message:
        size = 32 + 8 * int.from_bytes(message[2:4], "little")
        found.append(message[:size])
        message = message[size:]
    return found


@given(st.lists(st.integers(1, 2**34), max_size=30))
def test_a_curve_of_any_length_survives_the_wire(steps_us: list[int]) -> None:
    time_us = T0 + np.cumsum(np.array(steps_us, np.int64)) if steps_us else np.empty(0, np.int64)
    curve = Curve(time_us, np.arange(len(steps_us), dtype=np.float64))
    blocks = [decode(part) for part in split(b"".join(encode_curve(curve)))]
    assert [b.t0_us + dt for b in blocks for dt in b.dt_us] == time_us.tolist()
    assert [n for b in blocks for n in b.tension_n] == curve.tension_n.tolist()
    assert [b.seq for b in blocks] == list(range(len(blocks)))


def test_more_samples_than_a_message_names_take_two() -> None:
    n = 70_000
    curve = Curve(T0 + np.arange(n, dtype=np.int64), np.zeros(n))
    assert [len(decode(part).dt_us) for part in split(b"".join(encode_curve(curve)))] == [65_535, n - 65_535]
