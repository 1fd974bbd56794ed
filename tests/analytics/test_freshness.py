from hypothesis import given
from hypothesis import strategies as st

from tempoband.contracts.freshness import STALE_AFTER_US, Freshness

STREAM = "0123456789abcdef"
SECOND = 1_000_000
HOUR = 3600 * SECOND


@given(st.integers(-HOUR, HOUR), st.lists(st.integers(0, STALE_AFTER_US), min_size=1, max_size=50))
def test_ordinary_jitter_is_fresh_however_wrong_the_other_clock_is(clock_error, jitter):
    judge = Freshness()
    for seq, late in enumerate(jitter):
        sampled = seq * 100_000
        assert judge.fresh(STREAM, seq, sampled, sampled + clock_error + late)


@given(st.integers(-HOUR, HOUR), st.integers(STALE_AFTER_US + 1, HOUR), st.integers(1, 20))
def test_a_late_frame_is_stale_and_the_next_timely_one_is_fresh(clock_error, late, before):
    judge = Freshness()
    for seq in range(before):
        judge.fresh(STREAM, seq, seq * 100_000, seq * 100_000 + clock_error)
    end = before * 100_000
    assert not judge.fresh(STREAM, before, end, end + clock_error + late)
    later = end + late
    assert judge.fresh(STREAM, before + 1, later, later + clock_error)


def test_a_repeated_or_older_frame_is_stale():
    judge = Freshness()
    assert judge.fresh(STREAM, 4, 0, 0)
    assert not judge.fresh(STREAM, 4, 0, 1)
    assert not judge.fresh(STREAM, 3, 0, 2)
    assert judge.fresh(STREAM, 5, 100_000, 100_000)


def test_streams_do_not_judge_each_other():
    judge = Freshness()
    assert judge.fresh("a" * 16, 0, 0, 0)
    assert judge.fresh("b" * 16, 0, 0, HOUR)


@given(st.sampled_from([-100, 100]))
def test_a_day_of_drift_between_two_clocks_makes_nothing_stale(ppm):
    judge = Freshness()
    for seq in range(24 * 60):
        sampled = seq * 60 * SECOND
        assert judge.fresh(STREAM, seq, sampled, sampled + sampled * ppm // 1_000_000)
