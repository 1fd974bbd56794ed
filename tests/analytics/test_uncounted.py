"""Sets that tension does not count: walks, sets by hand, sets that were told and never done."""

from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.contracts.exercise import ExerciseKind
from tests.analytics.curves import SECOND, Tape, rest, walk
from tests.analytics.telling import prescribe


def test_a_walk_is_kept_without_reps(bench):
    asked = {"exercise": "monster-walk", "tempo": "constant"}
    person, made = prescribe(bench, **asked, reps_lower=None, reps_upper=None, seconds=30.0)
    bench.open(person_id=person, prescription_id=made, prescription_version=1, **asked)
    bench.stream(Tape().add(rest(5, 0.0), walk(45), rest(20, 0.0)))
    bench.settle()
    kept = bench.sets()[0]
    assert (kept.set.kind, kept.set.close_reason) == (ExerciseKind.CONSTANT_TENSION, CloseReason.TARGET)
    assert kept.score.rep_count == 0
    assert abs(kept.set.ended_us - kept.set.started_us - 30 * SECOND) < SECOND


def test_a_set_by_hand_needs_no_sensor(bench):
    bench.open(exercise="bridge", tempo=None)
    bench.settle(30)
    bench.close("set-1", bench.now_us)
    bench.settle(3)
    (kept,) = bench.sets()
    assert (kept.set.status, kept.set.kind) == (SetStatus.FINAL, ExerciseKind.BY_HAND)
    assert kept.set.ended_us == bench.now_us - 3 * SECOND


def test_a_forgotten_set_by_hand_closes_after_hours(bench):
    bench.open(exercise="bridge", tempo=None)
    bench.wait(3 * 3600)
    bench.settle(8)
    assert bench.sets()[0].set.status is SetStatus.OPEN
    bench.wait(3600)
    bench.settle(8)
    (kept,) = bench.sets()
    assert (kept.set.status, kept.set.close_reason) == (SetStatus.FINAL, CloseReason.IDLE)


def test_a_told_set_that_nobody_did_closes_after_a_while(bench):
    bench.open()
    bench.settle(100)
    assert bench.sets()[0].set.status is SetStatus.OPEN
    bench.wait(900)
    bench.settle(10)
    (kept,) = bench.sets()
    assert (kept.set.close_reason, kept.score.rep_count) == (CloseReason.IDLE, 0)
    assert bench.declaration("set-1").closed_us is not None
