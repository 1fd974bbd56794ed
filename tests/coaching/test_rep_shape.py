import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.coaching.rep_shape import POINTS, RepBounds, middle_rep, pack


def triangle(seconds: float, peak_n: float, start_s: float = 0.0, worn_n: float = 5.0):
    """Out for half the time, back for the other half, at 100 Hz."""
    time_s = start_s + np.arange(0, seconds + 0.005, 0.01)
    share = (time_s - start_s) / seconds
    return time_s, worn_n + peak_n * (1 - np.abs(2 * share - 1))


def bounds(start_s: float, seconds: float) -> RepBounds:
    middle_s = start_s + seconds / 2
    return RepBounds(start_s, middle_s, middle_s, start_s + seconds)


@given(st.floats(0.5, 8.0), st.floats(2.0, 100.0))
def test_reps_of_any_length_have_one_shape_above_their_own_start(seconds, peak_n):
    time_s, tension_n = triangle(seconds, peak_n)
    [shape] = pack(time_s, tension_n, [bounds(0.0, seconds)])["reps"]
    wanted = peak_n * (1 - np.abs(np.linspace(-1, 1, POINTS)))
    assert np.allclose(np.array(shape) / 100, wanted, atol=0.05 * peak_n)


def test_the_middle_rep_is_the_median_over_all_reps_of_all_sets_with_its_middle_half():
    packed = []
    for peak_n in (10.0, 20.0, 30.0, 40.0, 90.0):
        time_s, tension_n = triangle(4.0, peak_n)
        packed.append(pack(time_s, tension_n, [bounds(0.0, 4.0)]))
    found = middle_rep(packed)
    assert found is not None
    top = POINTS // 2
    assert (found.lower_n[top], found.middle_n[top], found.upper_n[top]) == (20.0, 30.0, 40.0)
    assert (found.reps, found.out_share, found.back_share) == (5, 0.5, 0.5)


def test_no_rep_no_shape():
    assert middle_rep([]) is None
    assert middle_rep([{}, pack(np.zeros(0), np.zeros(0), [])]) is None
    time_s, tension_n = triangle(4.0, 10.0)
    assert pack(time_s, tension_n, [RepBounds(9.0, 9.5, 9.5, 10.0)])["reps"] == []


def test_a_packed_set_is_small():
    time_s, tension_n = triangle(4.0, 40.0)
    packed = pack(time_s, tension_n, [bounds(0.0, 4.0)] * 15)
    assert len(str(packed)) < 4000
    assert packed["shares"][0] == pytest.approx([0.5, 0.5])
