from hypothesis import given
from hypothesis import strategies as st

from analytics.found import Known, bout_around, found_id, is_quiet, outside
from analytics.touched import Touched, Waiting
from tempoband.storage.timeseries.base import Change, Curve
from tests.analytics.curves import SECOND, START_US, Tape, reps, rest

spans = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted).map(tuple)


@given(spans, st.lists(spans, max_size=6))
def test_outside_is_what_no_one_took(whole, taken):
    left = outside(whole, taken)
    free = {t for t in range(*whole) if not any(a <= t < b for a, b in taken)}
    assert {t for a, b in left for t in range(a, b)} == free
    assert all(a < b for a, b in left)
    assert sorted(left) == left


def test_a_bout_reaches_from_quiet_to_quiet():
    tape = Tape().add(rest(60))
    start = tape.now_us
    tape.add(reps(5))
    end = tape.now_us
    tape.add(rest(60), reps(3), rest(60))
    curve = Curve(tape.time_us, tape.tension_n)
    window = bout_around(curve, (start + SECOND, start + 2 * SECOND), (START_US, tape.now_us))
    assert START_US < window[0] <= start - 5 * SECOND
    assert end + 5 * SECOND <= window[1] < end + 60 * SECOND


def test_a_bout_without_quiet_reaches_to_its_limits():
    tape = Tape().add(reps(20))
    limits = (tape.start_us, tape.now_us)
    curve = Curve(tape.time_us, tape.tension_n)
    assert bout_around(curve, (START_US + SECOND, START_US + 2 * SECOND), limits) == limits


def test_quiet_is_told_by_movement_not_by_level():
    level = Tape().add(rest(20, 40.0))
    moving = Tape().add(rest(10), reps(1), rest(10))
    assert is_quiet(Curve(level.time_us, level.tension_n))
    assert not is_quiet(Curve(moving.time_us, moving.tension_n))


def test_ids_of_found_sets_repeat_themselves():
    assert found_id("s", 5) == found_id("s", 5) != found_id("s", 6)
    assert found_id("t", 5) != found_id("s", 5)
    assert Known("a", 0, 1) == Known("a", 0, 1)


commits = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 400), st.integers(0, 5)), min_size=1, max_size=30
)


@given(commits, st.lists(st.integers(0, 40), max_size=10))
def test_the_cursor_stays_before_the_first_commit_that_waits(made, picks):
    """Drop stretches in any order: every commit after the cursor is still waiting, or was never first."""
    waiting = Waiting(0)
    changes = [
        Change(n, sensor, at * SECOND, (at + length) * SECOND)
        for n, (sensor, at, length) in enumerate(made, 1)
    ]
    for change in changes:
        waiting.take(change, 0.0)
        waiting.read_to = change.cursor
    for pick in picks:
        stretches = list(waiting)
        if not stretches:
            break
        sensor, touched = stretches[pick % len(stretches)]
        cursor = waiting.cursor_without(sensor, [touched])
        waiting.drop(sensor, [touched])
        assert cursor == waiting.cursor_without("", ())
        for change in changes:
            if change.cursor <= cursor:
                continue
            held = [t for s, t in waiting if s == change.sensor]
            first = min((t.cursor for _, t in waiting), default=None)
            assert first is not None
            assert first <= change.cursor or not held
    left = [t.cursor for _, t in waiting]
    assert waiting.cursor_without("", ()) == (min(left) - 1 if left else len(changes))


@given(commits)
def test_stretches_of_a_sensor_cover_every_commit_and_lie_apart(made):
    waiting = Waiting(0)
    for n, (sensor, at, length) in enumerate(made, 1):
        waiting.add(sensor, Touched(at * SECOND, (at + length) * SECOND, n, 0.0))
    for sensor, at, length in made:
        covering = [
            t for t in waiting.of(sensor) if t.start_us <= at * SECOND and (at + length) * SECOND <= t.end_us
        ]
        assert len(covering) == 1
    for sensor in "ab":
        stretches = waiting.of(sensor)
        assert not any(a.near(b) for i, a in enumerate(stretches) for b in stretches[:i])
