"""Scoring that is killed, that fails, that finds its database away: it goes on where it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.rescore import Rescorer
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records import cursors
from tests.analytics.conftest import SENSOR, Bench
from tests.analytics.curves import SECOND, START_US, Tape, reps, rest
from tests.analytics.memory_store import frames_of
from tests.analytics.telling import essence, exercise_tape


class Killed(BaseException):
    pass


class Killer:
    """Tears the n-th transactions, before the cursor moves, as a SIGKILL would."""

    def __init__(self, at: set[int]) -> None:
        self._at = at
        self._calls = 0
        self._real = cursors.move

    def __call__(self, session, worker, to, *, now_us):
        self._calls += 1
        if self._calls in self._at:
            raise Killed
        return self._real(session, worker, to, now_us=now_us)


def drive_through(bench: Bench, kill_at: set[int], monkeypatch) -> list[tuple]:
    """Two sets, one told and one not, committed a few frames at a time; what the records say at the end."""
    tape = Tape().add(rest(22), reps(4), rest(40), reps(3), rest(30))
    frames = frames_of(tape.time_us, tape.tension_n)
    bench.open()

    def careful_step() -> None:
        try:
            bench.step()
        except Killed:
            bench.start()

    with monkeypatch.context() as patch:
        patch.setattr(cursors, "move", Killer(kill_at))
        for at in range(0, len(frames), 8):
            bench.store.commit(SENSOR, frames[at : at + 8])
            bench.now_us = frames[min(at + 8, len(frames)) - 1].end_us
            bench.monotonic_s += 2
            careful_step()
        for _ in range(12):
            bench.wait(3)
            careful_step()
    return essence(bench)


def test_killed_at_any_instant_and_started_again_it_keeps_the_same_records(make_bench, monkeypatch):
    undisturbed = drive_through(make_bench(), set(), monkeypatch)
    assert [score.rep_count for _, score in undisturbed] == [4, 3]

    @settings(max_examples=5)
    @given(kill_at=st.sets(st.integers(1, 40), min_size=1, max_size=6))
    def check(kill_at):
        assert drive_through(make_bench(), kill_at, monkeypatch) == undisturbed

    check()


def test_the_cursor_never_passes_what_is_not_scored(bench):
    tape = Tape().add(rest(25), reps(3))
    bench.stream(tape)  # motion goes on: the set is not over
    with bench.records.read() as session:
        position = cursors.position(session, bench.settings.worker)
    unscored = bench.store.changes(position)
    assert unscored[0].start_us <= START_US + 25 * SECOND


def test_a_database_that_is_away_loses_nothing(bench):
    bench.open()
    tape = exercise_tape()
    bench.store.commit(SENSOR, frames_of(tape.time_us, tape.tension_n))
    bench.now_us = tape.now_us
    real = bench.store.read

    def away(*_):
        raise StorageError(StorageReason.UNAVAILABLE, "away")

    bench.store.read = away
    with pytest.raises(StorageError):
        bench.step()
    bench.store.read = real
    bench.settle()
    assert bench.sets()[0].score.rep_count == 8


def test_one_sensor_that_cannot_be_scored_does_not_stop_the_others(bench, monkeypatch):
    tape = exercise_tape()
    bench.store.commit("broken", frames_of(tape.time_us, tape.tension_n, "a" * 16))
    bench.store.commit(SENSOR, frames_of(tape.time_us, tape.tension_n, "b" * 16))
    bench.now_us = tape.now_us
    real = Rescorer.found

    def found(self, touched):
        if self.sensor == "broken":
            raise ZeroDivisionError
        return real(self, touched)

    monkeypatch.setattr(Rescorer, "found", found)
    bench.expected_failures = ["broken"]
    bench.settle()
    assert [s.set.sensor for s in bench.sets()] == [SENSOR]
