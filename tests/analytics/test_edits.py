"""Sets that somebody splits, merges or erases afterwards, scored end to end; and changes in mid-scoring."""

import pytest

from analytics.rescore import Rescorer
from analytics.touched import Touched
from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.contracts.exercise import ExerciseKind
from tempoband.storage.erasure import Orderer, erase_stretch
from tempoband.storage.records import declarations, erasures, people, self_reports, set_edits, sets
from tempoband.storage.records.errors import RecordsError, RecordsReason
from tempoband.storage.records.forgetting import Stretch
from tests.analytics.conftest import CLINIC, SENSOR, Bench
from tests.analytics.curves import SECOND, START_US, Tape, reps, rest, walk
from tests.analytics.memory_store import frames_of
from tests.analytics.telling import exercise_tape, label_of

OWNER = Orderer("local-owner", "local_owner", CLINIC)


def edited(bench: Bench, act) -> object:
    with bench.records.write() as session:
        result = act(session)
    bench.follower.told(SENSOR)
    bench.settle(20)
    return result


def counts(bench: Bench) -> list[int]:
    return [kept.score.rep_count for kept in bench.sets()]


def test_a_told_set_is_split_between_two_reps_and_both_are_scored(bench):
    bench.open()
    bench.stream(exercise_tape(8))
    bench.settle()
    (whole,) = bench.sets()
    at_us = set_edits.between_reps(whole, 3)
    first, rest_ = edited(bench, lambda s: set_edits.split(s, CLINIC, "set-1", at_us, by="physio"))
    assert (first.id, first.closed_us, rest_.opened_us, rest_.by) == ("set-1", at_us, at_us, "physio")
    one, two = bench.sets()
    assert [one.score.rep_count, two.score.rep_count] == [3, 5]
    assert {one.set.close_reason, two.set.close_reason} == {CloseReason.EDITED}
    assert {one.set.status, two.set.status} == {SetStatus.FINAL}
    assert (two.set.exercise, two.set.tempo, two.set.side) == (
        one.set.exercise,
        one.set.tempo,
        one.set.side,
    )
    with bench.records.read() as session:
        history = sets.revisions(session, CLINIC, "set-1")
    assert [revision.score.rep_count for revision in history] == [8, 3]


def test_a_found_set_is_split(bench):
    bench.stream(Tape().add(rest(25), reps(6), rest(40)))
    bench.settle()
    (found,) = bench.sets()
    edited(
        bench, lambda s: set_edits.split(s, CLINIC, found.set.id, set_edits.between_reps(found, 2), by="x")
    )
    assert counts(bench) == [2, 4]
    assert all(kept.set.declared for kept in bench.sets())


def test_sets_on_both_sides_of_a_long_stillness_are_merged(bench):
    bench.open()
    bench.stream(Tape().add(rest(5), reps(4), rest(30), reps(5), rest(40)))
    bench.settle()
    told, found = bench.sets()
    assert (told.set.close_reason, told.set.declared, found.set.declared) == (CloseReason.IDLE, True, False)
    with bench.records.write() as session:
        ann = people.add(session, CLINIC, "Ann", now_us=START_US).id
        report = self_reports.SelfReport("p", ann, START_US, ann, pain=2, set_id=found.set.id)
        self_reports.add(session, CLINIC, report)
    ids = [found.set.id, told.set.id]
    merged = edited(bench, lambda s: set_edits.merge(s, CLINIC, ids, by="x"))
    assert merged.id == "set-1"
    with bench.records.read() as session:
        (said,) = self_reports.of_person(session, CLINIC, ann, start_us=0, end_us=2**62)
    assert said.set_id == "set-1"
    (one,) = bench.sets()
    assert (one.score.rep_count, one.set.exercise, one.set.status) == (9, "clamshell", SetStatus.FINAL)
    assert one.set.close_reason is CloseReason.EDITED


def test_splitting_again_undoes_a_merge(bench):
    bench.stream(Tape().add(rest(25), reps(4), rest(30), reps(5), rest(40)))
    bench.settle()
    assert counts(bench) == [4, 5]
    ids = [kept.set.id for kept in bench.sets()]
    edited(bench, lambda s: set_edits.merge(s, CLINIC, ids, by="x"))
    (one,) = bench.sets()
    edited(bench, lambda s: set_edits.split(s, CLINIC, one.set.id, set_edits.between_reps(one, 4), by="x"))
    assert counts(bench) == [4, 5]


def test_merged_walks_count_all_of_their_time(bench):
    bench.open(exercise="monster-walk", tempo="constant")
    bench.stream(Tape().add(rest(5), walk(20), rest(15, 0.0), walk(20), rest(40, 0.0)))
    bench.settle()
    told, found = bench.sets()
    assert (told.set.kind, found.set.declared) == (ExerciseKind.CONSTANT_TENSION, False)
    edited(bench, lambda s: set_edits.merge(s, CLINIC, [told.set.id, found.set.id], by="x"))
    (one,) = bench.sets()
    assert (one.set.id, one.set.kind) == ("set-1", ExerciseKind.CONSTANT_TENSION)
    assert one.set.ended_us - one.set.started_us > 50 * SECOND


def test_what_cannot_be_edited_says_why_and_changes_nothing(bench):
    tape = exercise_tape(4, 20).add(reps(4), rest(20), reps(4), rest(40))
    bench.stream(tape)
    bench.settle()
    before = bench.sets()
    one, two, three = (kept.set.id for kept in before)
    bench.open("later", bench.now_us)
    with bench.records.write() as session:
        label = label_of(two, before[1].set.started_us, before[1].set.ended_us)
        declarations.tell(session, CLINIC, label)
    refused = [
        (lambda s: set_edits.split(s, CLINIC, one, before[0].set.ended_us, by="x"), RecordsReason.INVALID),
        (lambda s: set_edits.split(s, CLINIC, "nobody", 1, by="x"), RecordsReason.NOT_FOUND),
        (lambda s: set_edits.split(s, CLINIC, "later", bench.now_us, by="x"), RecordsReason.CONFLICT),
        (lambda s: set_edits.merge(s, CLINIC, [one, one], by="x"), RecordsReason.INVALID),
        (lambda s: set_edits.merge(s, CLINIC, [one, "later"], by="x"), RecordsReason.CONFLICT),
        (lambda s: set_edits.merge(s, CLINIC, [one, three], by="x"), RecordsReason.CONFLICT),
        (lambda s: set_edits.between_reps(sets.get(s, CLINIC, one), 4), RecordsReason.INVALID),
    ]
    for act, reason in refused:
        with pytest.raises(RecordsError) as error, bench.records.write() as session:
            act(session)
        assert error.value.reason is reason
    assert [kept.set.id for kept in bench.sets()] == [one, two, three]


def test_a_discarded_set_is_taken_back(bench):
    bench.open()
    bench.stream(exercise_tape(4))
    bench.settle()
    with bench.records.write() as session:
        sets.discard(session, CLINIC, "set-1", bench.now_us)
        declarations.discard(session, CLINIC, "set-1", bench.now_us)
    assert bench.sets() == []
    edited(bench, lambda s: set_edits.undiscard(s, CLINIC, "set-1"))
    assert counts(bench) == [4]


def test_what_is_told_while_a_set_is_scored_is_not_overwritten(bench):
    """Scoring holds no lock: an edit comes through in the middle of it, and counts."""
    bench.stream(exercise_tape(6))
    bench.settle()
    (found,) = bench.sets()

    def label() -> None:
        with bench.records.write() as session:
            declarations.tell(session, CLINIC, label_of("mine", found.set.started_us, found.set.ended_us))

    bench.store.commit(SENSOR, late_frames())
    bench.store.after_read = [label]
    bench.settle(20)
    (kept,) = bench.sets()
    assert (kept.set.id, kept.set.exercise) == ("mine", "clamshell")


def late_frames():
    tape = Tape(start_us=START_US + 100 * SECOND).add(rest(30))
    return frames_of(tape.time_us, tape.tension_n, "fedcba9876543210")


def test_a_set_whose_samples_are_erased_while_it_is_scored_does_not_come_back(bench):
    bench.open()
    tape = exercise_tape(6)
    gone = Stretch(SENSOR, START_US, tape.now_us + 1)

    def erase() -> None:
        erase_stretch(bench.records, bench.store, gone, OWNER, now_us=bench.now_us)

    bench.store.after_read = [erase]
    for frame in frames_of(tape.time_us, tape.tension_n):
        bench.store.commit(SENSOR, [frame])
    bench.now_us = tape.now_us
    bench.settle(60)
    assert bench.store.after_read == []
    with bench.records.read() as session:
        kept = [r for one in bench.sets() for r in sets.revisions(session, CLINIC, one.set.id)]
    assert all(revision.score.rep_count == 0 for revision in kept)


def test_nothing_is_kept_of_a_stretch_that_is_being_erased(bench):
    bench.open()
    ordered = erasures.Erasure("e", SENSOR, START_US, START_US + 60 * SECOND, "x", START_US)
    with bench.records.write() as session:
        erasures.order(session, CLINIC, ordered)
    bench.stream(exercise_tape(6))
    bench.settle(20)
    assert bench.sets() == []
    bench.store.erase(SENSOR, START_US, START_US + 20 * SECOND)
    with bench.records.write() as session:
        erasures.done(session, CLINIC, ordered, now_us=bench.now_us)
    bench.settle(60)
    (kept,) = bench.sets()
    assert 0 < kept.score.rep_count < 6


def test_what_retention_dropped_stays_scored(bench):
    bench.open()
    bench.stream(exercise_tape(8).add(reps(4), rest(40)))
    bench.settle()
    before = bench.sets()
    assert counts(bench) == [8, 4]
    bench.store.kept_since = before[1].set.started_us + 4 * SECOND  # in the middle of the second set
    bench.store.erase(SENSOR, 0, bench.store.kept_since)  # with a commit, which retention would not make
    bench.settle(60)
    rescorer = Rescorer(bench.store, bench.records, SENSOR, bench.now_us)
    everything = Touched(START_US, bench.now_us, None, 0.0)
    assert rescorer.told([everything]).events == rescorer.found(everything).events == []
    assert bench.sets() == before


def test_a_set_half_erased_is_scored_from_the_rest(bench):
    bench.open()
    bench.stream(exercise_tape(8))
    bench.settle()
    half = Stretch(SENSOR, START_US, START_US + 27 * SECOND)
    erase_stretch(bench.records, bench.store, half, OWNER, now_us=bench.now_us)
    assert bench.sets() == []
    bench.settle(60)
    (kept,) = bench.sets()
    assert (kept.set.exercise, 2 <= kept.score.rep_count <= 5) == ("clamshell", True)
