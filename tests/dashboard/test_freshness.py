from hypothesis import given
from hypothesis import strategies as st

from dashboard.freshness import STALE_US, Freshness


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, STALE_US), min_size=1))
def test_clocks_that_differ_make_nothing_stale(offset_us: int, delays_us: list[int]) -> None:
    judge = Freshness()
    for n, delay_us in enumerate(delays_us):
        end_us = n * 100_000
        assert judge.is_fresh("s", end_us, end_us + offset_us + delay_us)


def test_a_late_frame_is_stale_and_the_next_punctual_one_is_not() -> None:
    judge = Freshness()
    assert judge.is_fresh("s", 0, 50_000)
    assert not judge.is_fresh("s", 100_000, 100_000 + 50_000 + STALE_US + 1)
    assert judge.is_fresh("s", 200_000, 250_000)


def test_streams_are_judged_apart() -> None:
    judge = Freshness()
    assert judge.is_fresh("a", 0, 0)
    assert judge.is_fresh("b", 0, 10**9)
    assert not judge.is_fresh("a", 0, 10**9)


def test_memory_is_bounded() -> None:
    judge = Freshness()
    for n in range(5000):
        judge.is_fresh(str(n), 0, 0)
    assert len(judge._least_us) == 1024
