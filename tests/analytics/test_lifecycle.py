import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.blocks import BLOCK_US, Blocks
from analytics.lifecycle import NO_TARGET, RepSpan, Rules, Target, close_by_reps, idle_needed_s
from analytics.worktime import find_work
from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import ExerciseKind
from tests.analytics.curves import SECOND, START_US, Tape, ramp, rep, rest, walk

RULES = Rules()


def told_reps(*pauses_s: float, rep_s: float = 4.0) -> tuple[list[RepSpan], Tape]:
    """One rep before each pause, and the curve that shows them."""
    tape, spans = Tape(), []
    for pause in pauses_s:
        start = tape.now_us
        tape.add(rep(rep_s / 2, 0, rep_s / 2), rest(pause))
        spans.append(RepSpan(start, start + round(rep_s * SECOND), 28.0))
    return spans, tape


def blocks_of(tape: Tape) -> Blocks:
    return Blocks.of(tape.time_us, tape.tension_n)


pauses = st.lists(st.floats(0.2, 30.0), min_size=1, max_size=6)


@given(pauses, st.floats(1.0, 8.0))
def test_a_set_ends_at_the_first_pause_that_is_long_enough(pauses_s, rep_s):
    spans, tape = told_reps(*pauses_s, rep_s=rep_s)
    needed = idle_needed_s(spans, RULES, None)
    long = [n for n, pause in enumerate(pauses_s) if pause > needed + 0.3]
    slow_start_s = 0.2 * rep_s + 0.1  # the next rep still looks like stillness while it begins
    short = [n for n, pause in enumerate(pauses_s) if pause > needed - slow_start_s]
    closing = close_by_reps(spans, blocks_of(tape), NO_TARGET)
    if long:
        assert closing is not None
        assert closing.reason is CloseReason.IDLE
        assert [s.end_us for s in spans].index(closing.ended_us) in short[: short.index(long[0]) + 1]
        assert needed <= (closing.at_us - closing.ended_us) / SECOND <= needed + 0.3
    elif not short:
        assert closing is None


@given(pauses, st.floats(1.0, 6.0), st.floats(0.0, 1.0))
def test_a_longer_curve_never_moves_a_closing(pauses_s, rep_s, share):
    spans, tape = told_reps(*pauses_s, rep_s=rep_s)
    time, tension = tape.time_us, tape.tension_n
    cut_us = int(time[int(share * (len(time) - 1))])
    known = [s for s in spans if s.end_us <= cut_us]
    early = close_by_reps(known, Blocks.of(time[time <= cut_us], tension[time <= cut_us]), NO_TARGET)
    late = close_by_reps(spans, Blocks.of(time, tension), NO_TARGET)
    if early is not None:
        assert late == early
    elif late is not None:
        assert late.at_us > cut_us - BLOCK_US


@given(st.integers(1, 6), st.integers(1, 6))
def test_a_set_closes_at_its_upper_target_and_not_before(count, upper):
    spans, tape = told_reps(*[1.0] * count)
    closing = close_by_reps(spans, blocks_of(tape), Target(reps=upper))
    if count >= upper:
        assert closing is not None
        assert (closing.reason, closing.at_us) == (CloseReason.TARGET, spans[upper - 1].end_us)
    else:
        assert closing is None


@given(st.integers(1, 400), st.integers(0, 5))
def test_blocks_do_not_depend_on_how_the_stream_was_cut(at, seed):
    tape = Tape(seed=seed).add(rep(), rest(2))
    time, tension = tape.time_us, tape.tension_n
    whole = Blocks.of(time, tension)
    first = Blocks.of(time[:at], tension[:at])
    assert np.array_equal(first.index, whole.index[: len(first)])
    assert np.array_equal(first.low_n, whole.low_n[: len(first)])
    assert np.array_equal(first.high_n, whole.high_n[: len(first)])


def test_fidgeting_is_not_stillness_but_does_not_keep_a_set_open_for_ever():
    spans, tape = told_reps(0.0)
    fidget = [part for _ in range(61) for part in (ramp(2, 14, 0.5), ramp(14, 2, 0.5))]
    tape.add(*fidget, rest(1))
    closing = close_by_reps(spans, blocks_of(tape), NO_TARGET)
    assert closing is not None
    assert closing.reason is CloseReason.IDLE
    assert closing.at_us - closing.ended_us == 60 * SECOND


def test_a_long_prescribed_rep_lengthens_the_patience():
    spans, tape = told_reps(15.0)
    assert close_by_reps(spans, blocks_of(tape), NO_TARGET, tempo_rep_s=12.0) is None
    assert close_by_reps(spans, blocks_of(tape), NO_TARGET) is not None


def test_a_hole_of_a_minute_between_reps_is_a_lost_sensor():
    spans, tape = told_reps(1.0, 90.0, 1.0)
    time, tension = tape.time_us, tape.tension_n
    keep = (time < spans[1].end_us + SECOND) | (time > spans[2].start_us - SECOND)
    closing = close_by_reps(spans, Blocks.of(time[keep], tension[keep]), NO_TARGET)
    assert closing is not None
    assert closing.reason is CloseReason.SENSOR_LOST
    assert closing.ended_us == spans[1].end_us


def test_a_few_samples_after_a_hole_are_no_stillness():
    spans, tape = told_reps(25.0)
    time, tension = tape.time_us, tape.tension_n
    keep = (time < spans[0].end_us + SECOND) | (time > spans[0].end_us + 22 * SECOND)
    assert close_by_reps(spans, Blocks.of(time[keep], tension[keep]), NO_TARGET) is None


def test_a_walk_closes_at_its_seconds_of_work():
    tape = Tape().add(rest(3, 0.0), walk(70))
    work = find_work(blocks_of(tape), ExerciseKind.CONSTANT_TENSION, Target(seconds=60))
    assert work is not None
    assert work.closing is not None
    assert work.closing.reason is CloseReason.TARGET
    assert abs(work.closing.at_us - START_US - 63 * SECOND) <= 2 * BLOCK_US
    assert abs(work.seconds - 60) < 0.3


def test_standing_still_ends_a_walk_but_not_a_push_out():
    tape = Tape().add(rest(2, 0.0), walk(20), rest(15, 16.0))
    ended = find_work(blocks_of(tape), ExerciseKind.CONSTANT_TENSION, NO_TARGET)
    held = find_work(blocks_of(tape), ExerciseKind.PUSH_OUT, NO_TARGET)
    assert ended is not None
    assert ended.closing is not None
    assert abs(ended.closing.ended_us - START_US - 22 * SECOND) < 1.5 * SECOND
    assert held is not None
    assert held.closing is None


def test_a_slack_band_ends_a_push_out_where_the_work_ended():
    tape = Tape().add(rest(2, 0.0), walk(20), rest(12, 0.0))
    work = find_work(blocks_of(tape), ExerciseKind.PUSH_OUT, NO_TARGET)
    assert work is not None
    assert work.closing is not None
    assert work.closing.reason is CloseReason.IDLE
    assert abs(work.closing.ended_us - START_US - 22 * SECOND) <= 5 * BLOCK_US


def test_one_corrupted_sample_does_not_hide_the_rest_of_a_walk():
    tape = Tape().add(rest(2, 0.0), walk(30))
    tension = tape.tension_n
    tension[400] = 5000.0
    work = find_work(Blocks.of(tape.time_us, tension), ExerciseKind.CONSTANT_TENSION, NO_TARGET)
    assert work is not None
    assert work.closing is None
    assert work.seconds > 28


def test_an_unused_band_is_no_work():
    blocks = blocks_of(Tape(noise_n=0.2).add(rest(30, 0.0)))
    assert find_work(blocks, ExerciseKind.PUSH_OUT, NO_TARGET) is None
    assert find_work(Blocks.empty(), ExerciseKind.PUSH_OUT, NO_TARGET) is None
