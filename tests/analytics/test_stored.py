from dataclasses import replace

from analytics.settings import AnalyticsSettings
from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.contracts.exercise import UNKNOWN_EXERCISE
from tempoband.contracts.topics import shard_of
from tempoband.storage.records import cursors, declarations, sets
from tests.analytics.conftest import CLINIC, SENSOR
from tests.analytics.curves import SECOND, START_US, Tape, rep, reps, rest
from tests.analytics.memory_store import frames_of
from tests.analytics.telling import essence, exercise_tape, label_of, prescribe


def test_a_told_set_is_scored_closed_after_stillness_and_final(bench):
    bench.open()
    bench.stream(exercise_tape(8))
    bench.settle()
    (kept,) = bench.sets()
    assert (kept.set.status, kept.set.close_reason) == (SetStatus.FINAL, CloseReason.IDLE)
    assert kept.score.rep_count == 8
    assert (kept.set.exercise, kept.set.tempo, kept.set.declared) == ("clamshell", "2-0-2", True)
    assert bench.declaration("set-1").close_reason is CloseReason.IDLE
    assert abs(kept.set.started_us - START_US - 10 * SECOND) < 0.3 * SECOND
    assert abs(kept.score.reps[0]["concentric_start_s"]) < 1e-6
    assert kept.set.coverage == 1.0


def test_a_set_that_begins_in_the_middle_of_a_rise_begins_with_its_first_sample(bench):
    """The first edge is estimated, perhaps to before the first sample: that is no hole in the samples."""
    bench.open()
    cut = rep()[round(0.4 * 80) :]
    bench.stream(Tape().add(cut, rest(0.5), reps(5), rest(40)))
    bench.settle()
    (kept,) = bench.sets()
    assert kept.set.started_us >= START_US
    assert (kept.set.status, kept.set.coverage) == (SetStatus.FINAL, 1.0)


def test_an_open_set_shows_its_reps_so_far_and_keeps_no_steps(bench):
    bench.open()
    bench.stream(Tape().add(rest(5), reps(4)))
    (kept,) = bench.sets()
    assert kept.set.status is SetStatus.OPEN
    assert kept.score.rep_count >= 3
    assert kept.set.revision > 1
    with bench.records.read() as session:
        assert len(sets.revisions(session, CLINIC, "set-1")) == 1


def test_a_set_closes_at_the_upper_target_and_the_rest_is_found(bench):
    person, prescription = prescribe(bench)
    bench.open(person_id=person, prescription_id=prescription, prescription_version=1)
    bench.stream(exercise_tape(9))
    bench.settle()
    told, found = bench.sets()
    assert (told.set.close_reason, told.score.rep_count) == (CloseReason.TARGET, 5)
    assert (found.set.exercise, found.set.declared, found.score.rep_count) == (UNKNOWN_EXERCISE, False, 4)


def test_hand_and_replacement_close_where_they_were_told(bench):
    tape = Tape().add(rest(5), reps(4))
    first_end = tape.now_us
    tape.add(rest(3))
    second_start = tape.now_us
    tape.add(reps(3))
    hand = tape.now_us
    tape.add(rest(30))
    bench.open("set-1")
    bench.open("set-2", second_start)
    bench.close("set-2", hand)
    bench.stream(tape)
    bench.settle()
    one, two = bench.sets()
    assert (one.set.close_reason, one.score.rep_count) == (CloseReason.REPLACED, 4)
    assert (two.set.close_reason, two.score.rep_count) == (CloseReason.HAND, 3)
    assert one.set.ended_us <= first_end
    assert {one.set.status, two.set.status} == {SetStatus.FINAL}


def test_tension_nobody_told_anything_about_is_found(bench):
    bench.stream(Tape().add(rest(25), reps(6), rest(40), reps(5), rest(40)))
    bench.settle()
    assert [s.score.rep_count for s in bench.sets()] == [6, 5]
    assert {s.set.exercise for s in bench.sets()} == {UNKNOWN_EXERCISE}
    assert {s.set.status for s in bench.sets()} == {SetStatus.FINAL}


def test_idle_wear_gives_no_set(bench):
    bench.stream(Tape(noise_n=0.1).add(rest(120)))
    bench.settle()
    assert bench.sets() == []
    assert bench.follower.behind == 0


def test_a_labelled_set_replaces_what_was_found(bench):
    bench.stream(Tape().add(rest(25), reps(6), rest(40)))
    bench.settle()
    (found,) = bench.sets()
    label = label_of(found.set.id, found.set.started_us - SECOND, found.set.ended_us + SECOND)
    with bench.records.write() as session:
        declarations.tell(session, CLINIC, label)
    bench.settle(40)
    (kept,) = bench.sets()
    assert (kept.set.id, kept.set.exercise, kept.set.declared) == (found.set.id, "clamshell", True)
    assert kept.score.rep_count == 6
    assert kept.set.revision > found.set.revision


def test_a_set_done_offline_is_the_same_as_live(make_bench):
    live, offline = make_bench(), make_bench()
    live.open()
    live.stream(exercise_tape())
    live.settle()
    offline.open()
    offline.now_us = START_US + 5 * 3600 * SECOND  # five hours later the bridge comes back
    offline.settle(20)
    tape = exercise_tape()
    frames = frames_of(tape.time_us, tape.tension_n)
    for at in range(0, len(frames), 16):
        offline.store.commit(SENSOR, frames[at : at + 16])
        offline.wait(0.1)
        offline.step()
    offline.settle(20)
    assert essence(offline) == essence(live)
    assert offline.declaration("set-1").closed_us == live.declaration("set-1").closed_us


def test_missing_frames_make_a_set_incomplete_until_they_come(bench):
    tape = exercise_tape()
    frames = frames_of(tape.time_us, tape.tension_n)
    held_back = frames[100:104]  # one second in the middle of the reps
    bench.open()
    for frame in frames:
        if frame not in held_back:
            bench.store.commit(SENSOR, [frame])
    bench.now_us = frames[-1].end_us
    bench.settle()
    (kept,) = bench.sets()
    assert kept.set.status is SetStatus.INCOMPLETE
    assert 0.95 < kept.set.coverage < 1.0
    bench.store.commit(SENSOR, held_back)
    bench.settle()
    (whole,) = bench.sets()
    assert (whole.set.status, whole.set.coverage) == (SetStatus.FINAL, 1.0)
    assert whole.set.revision > kept.set.revision
    assert whole.score.rep_count == 8


def test_a_set_of_which_much_is_missing_says_of_how_much_it_speaks(bench):
    tape = exercise_tape()
    frames = frames_of(tape.time_us, tape.tension_n)
    bench.open()
    for frame in (*frames[:100], *frames[135:]):
        bench.store.commit(SENSOR, [frame])
    bench.now_us = frames[-1].end_us
    bench.settle()
    (part,) = bench.sets()
    assert part.set.coverage < 0.9
    assert part.score.sentence.startswith(f"Only {part.set.coverage:.0%} of this set was measured.")
    bench.store.commit(SENSOR, frames[100:135])
    bench.settle()
    (whole,) = bench.sets()
    assert "measured" not in whole.score.sentence


def test_a_lost_sensor_closes_the_set_and_late_samples_mend_it(bench):
    tape = exercise_tape()
    frames = frames_of(tape.time_us, tape.tension_n)
    bench.open()
    for frame in frames[:100]:
        bench.store.commit(SENSOR, [frame])
    bench.now_us = frames[99].end_us
    bench.settle(90)
    (kept,) = bench.sets()
    assert (kept.set.close_reason, kept.set.status) == (CloseReason.SENSOR_LOST, SetStatus.PROVISIONAL)
    for frame in frames[100:]:
        bench.store.commit(SENSOR, [frame])
        bench.step()
    bench.settle(40)
    (whole,) = bench.sets()
    assert (whole.set.close_reason, whole.set.status) == (CloseReason.IDLE, SetStatus.FINAL)
    assert whole.score.rep_count == 8


def test_live_frames_that_overtake_the_backfill_are_put_in_order(bench):
    tape = Tape().add(rest(10), reps(30), rest(40))
    frames = frames_of(tape.time_us, tape.tension_n)
    first, away, back = frames[:120], frames[120:440], frames[440:]
    bench.open()
    for frame in first:
        bench.store.commit(SENSOR, [frame])
    bench.now_us = first[-1].end_us
    bench.settle(75)  # the bridge has no network
    for at in range(0, len(back), 8):
        bench.store.commit(SENSOR, back[at : at + 8])
        bench.wait(2)
        bench.step()
    bench.settle(20)
    assert bench.sets()[0].set.close_reason is CloseReason.SENSOR_LOST
    assert len(bench.sets()) == 2  # what came after is found, for want of the samples between
    for at in range(0, len(away), 16):
        bench.store.commit(SENSOR, away[at : at + 16])
        bench.wait(0.2)
        bench.step()
    bench.settle(40)
    (whole,) = bench.sets()
    assert (whole.set.id, whole.score.rep_count) == ("set-1", 30)
    assert (whole.set.status, whole.set.close_reason) == (SetStatus.FINAL, CloseReason.IDLE)


def test_a_found_set_keeps_its_id_while_its_samples_trickle_in(bench):
    tape = Tape().add(rest(25), reps(8), rest(40))
    frames = frames_of(tape.time_us, tape.tension_n)
    bench.now_us = frames[-1].end_us
    for frame in frames[:190]:
        bench.store.commit(SENSOR, [frame])
    bench.settle()
    (some,) = bench.sets()
    for frame in frames[190:]:
        bench.store.commit(SENSOR, [frame])
    bench.settle()
    (whole,) = bench.sets()
    assert some.score.rep_count < whole.score.rep_count == 8
    assert whole.set.id == some.set.id
    assert whole.set.revision == some.set.revision + 1


def test_a_sensor_that_does_not_know_its_rate_is_scored(bench):
    tape = exercise_tape(5)
    frames = [replace(f, rate_hz=0.0) for f in frames_of(tape.time_us, tape.tension_n)]
    bench.open()
    bench.store.commit(SENSOR, frames)
    bench.now_us = tape.now_us
    bench.settle()
    assert [kept.score.rep_count for kept in bench.sets()] == [5]


def test_a_backlog_is_worked_off_in_portions(bench):
    bench.settings = AnalyticsSettings(reconcile_s=5, changes_at_once=10)
    bench.start()
    tape = Tape().add(rest(25), reps(6), rest(40))
    for frame in frames_of(tape.time_us, tape.tension_n):
        bench.store.commit(SENSOR, [frame])
    bench.now_us = tape.now_us
    bench.step()
    assert bench.follower.more
    while bench.follower.more:
        bench.step()
    bench.settle()
    assert [kept.score.rep_count for kept in bench.sets()] == [6]


def test_scoring_again_changes_nothing(bench):
    bench.open()
    bench.stream(exercise_tape())
    bench.settle()
    before = bench.sets()
    with bench.records.write() as session:
        cursors.move(session, bench.settings.worker, 0, now_us=0)
    bench.start()
    bench.settle(60)
    assert bench.sets() == before


def test_a_discarded_stretch_is_not_found_again(bench):
    bench.stream(Tape().add(rest(25), reps(6), rest(40)))
    bench.settle()
    (found,) = bench.sets()
    with bench.records.write() as session:
        sets.discard(session, CLINIC, found.set.id, bench.now_us)
        label = label_of(found.set.id, found.set.started_us, found.set.ended_us)
        declarations.tell(session, CLINIC, label)
        declarations.discard(session, CLINIC, label.id, bench.now_us)
    with bench.records.write() as session:
        cursors.move(session, bench.settings.worker, 0, now_us=0)
    bench.start()
    bench.settle(60)
    assert bench.sets() == []


def test_a_worker_scores_only_its_own_shards(bench):
    mine = shard_of(bench.store.bridge)
    other = f"{(int(mine, 16) + 1) % 256:02x}"
    for shards, count in ((other, 0), (mine, 1)):
        bench.settings = AnalyticsSettings(shards=shards, reconcile_s=5)
        bench.start()
        if not bench.store.sensors():
            tape = Tape().add(rest(25), reps(4), rest(30))
            bench.store.commit(SENSOR, frames_of(tape.time_us, tape.tension_n))
            bench.now_us = tape.now_us
        bench.settle()
        assert len(bench.sets()) == count


def test_every_change_is_announced_once(bench):
    bench.open()
    bench.stream(exercise_tape())
    bench.settle(40)
    events = [a.event for a in bench.announced]
    assert [e.revision for e in events] == sorted({e.revision for e in events})
    assert (events[-1].status, events[-1].reps) == (SetStatus.FINAL, 8)


def test_one_pull_is_no_set(bench):
    bench.stream(Tape().add(rest(25), rep(), rest(40)))
    bench.settle()
    assert bench.sets() == []
