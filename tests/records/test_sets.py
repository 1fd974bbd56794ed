from dataclasses import replace

import pytest

from tempoband.contracts.events import SetStatus
from tempoband.storage.records import Records, RecordsError, clinics, cursors, sets
from tests.records.make import CLINIC, SECOND, SENSOR, T0, score, set_record


def test_a_set_comes_back_as_it_was_saved(records: Records) -> None:
    item, scored = set_record(coverage=0.98, lost_samples=3), score([True, False, None], tut_s=12.5)
    with records.write() as session:
        assert sets.save(session, CLINIC, item, scored)
    with records.read() as session:
        found = sets.get(session, CLINIC, item.id)
    assert (found.set, found.score) == (item, scored)
    assert (scored.on_tempo_share, scored.on_tempo_reps, scored.judged_reps) == (0.5, 1, 2)
    assert (scored.rep_count, scored.tut_s, scored.eccentric_score) == (3, 12.5, None)


def test_the_same_revision_again_changes_nothing(records: Records) -> None:
    item = set_record()
    with records.write() as session:
        sets.save(session, CLINIC, item, score([True]))
        assert not sets.save(session, CLINIC, replace(item, ended_us=T0 + 1), score([False, False]))
        assert not sets.save(session, CLINIC, replace(item, revision=0), score([]))
    with records.read() as session:
        found = sets.get(session, CLINIC, item.id)
    assert found.set == item
    assert found.score == score([True])


def test_a_newer_revision_is_shown_and_the_older_kept_beside_it(records: Records) -> None:
    item = set_record()
    later = replace(item, revision=4, status=SetStatus.FINAL, ended_us=item.ended_us + SECOND)
    with records.write() as session:
        sets.save(session, CLINIC, item, score([True]))
        assert sets.save(session, CLINIC, later, score([True, True], scored_us=T0 + 9))
    with records.read() as session:
        assert sets.get(session, CLINIC, item.id).set == later
        kept = sets.revisions(session, CLINIC, item.id)
    assert [(each.revision, each.score.rep_count, each.status) for each in kept] == [
        (1, 1, SetStatus.PROVISIONAL),
        (4, 2, SetStatus.FINAL),
    ]
    assert [each.ended_us for each in kept] == [item.ended_us, later.ended_us]
    assert len(kept[0].score.reps) == 1


def test_a_set_without_a_score_has_none(records: Records) -> None:
    item = set_record(revision=0, status=SetStatus.OPEN)
    with records.write() as session:
        sets.save(session, CLINIC, item)
    with records.read() as session:
        assert sets.get(session, CLINIC, item.id).score is None
        assert sets.revisions(session, CLINIC, item.id) == []


def test_a_discarded_set_stays_discarded_when_scored_again(records: Records) -> None:
    item = set_record()
    with records.write() as session:
        sets.save(session, CLINIC, item, score([True]))
        sets.discard(session, CLINIC, item.id, T0 + 5)
        sets.save(session, CLINIC, replace(item, revision=2), score([True, True]))
    with records.read() as session:
        found = sets.get(session, CLINIC, item.id)
        assert (found.set.discarded_us, found.set.revision) == (T0 + 5, 2)
        assert sets.latest(session, CLINIC) == []
        assert [each.id for each in sets.touching(session, CLINIC, SENSOR, T0, T0 + 1)] == [item.id]


def test_latest_filters_and_pages(records: Records) -> None:
    many = [
        set_record(id=f"s{n}", sensor=f"sensor-{n % 2}", started_us=T0 + n, ended_us=T0 + 99)
        for n in range(6)
    ]
    with records.write() as session:
        for each in many:
            sets.save(session, CLINIC, each, score([True] * (int(each.id[1]) + 1)))
    with records.read() as session:
        newest = sets.latest(session, CLINIC, limit=2)
        older = sets.latest(session, CLINIC, limit=9, before_us=newest[-1].set.started_us)
        odd = sets.latest(session, CLINIC, sensor="sensor-1")
    assert [each.set.id for each in newest + older] == ["s5", "s4", "s3", "s2", "s1", "s0"]
    assert [each.set.id for each in odd] == ["s5", "s3", "s1"]
    assert [len(each.score.reps) for each in newest if each.score] == [6, 5]


def test_the_cursor_moves_with_the_sets_or_not_at_all(records: Records) -> None:
    class PowerCutError(Exception):
        pass

    def torn() -> None:
        with records.write() as session:
            sets.save(session, CLINIC, item, score([True]))
            cursors.move(session, "worker", 7, now_us=T0)
            raise PowerCutError

    item = set_record()
    with pytest.raises(PowerCutError):
        torn()
    with records.read() as session:
        assert cursors.position(session, "worker") == 0
        assert sets.latest(session, CLINIC) == []
    with records.write() as session:
        sets.save(session, CLINIC, item, score([True]))
        cursors.move(session, "worker", 7, now_us=T0)
    with records.write() as session:
        cursors.move(session, "worker", 2**40, now_us=T0)
    with records.read() as session:
        assert cursors.position(session, "worker") == 2**40


def test_a_score_with_nan_is_refused_on_every_database(records: Records) -> None:
    with pytest.raises(RecordsError, match="JSON compliant"), records.write() as session:
        sets.save(session, CLINIC, set_record(), score([True], tut_s=1.0, floor_n=float("nan")))
    with records.read() as session:
        assert sets.latest(session, CLINIC) == []


def test_another_clinics_sets_are_not_there(records: Records) -> None:
    item = set_record()
    with records.write() as session:
        clinics.ensure(session, "other", "Other clinic", now_us=T0)
        sets.save(session, CLINIC, item, score([True]))
        assert sets.delete_found(session, "other", [item.id]) == 0
    with records.read() as session:
        assert sets.latest(session, "other") == []
        assert sets.touching(session, "other", SENSOR, 0, 2 * T0) == []
        with pytest.raises(RecordsError):
            sets.get(session, "other", item.id)
