import pytest

from tempoband.contracts.exercise import Side
from tempoband.storage.records import Records, RecordsError, RecordsReason, people, prescriptions
from tests.records.make import CLINIC, T0, draft


def prescribe(records: Records, **changes: object) -> prescriptions.Prescription:
    with records.write() as session:
        person = people.add(session, CLINIC, "Ada", now_us=T0)
        return prescriptions.prescribe(session, CLINIC, person.id, draft(**changes), by="physio-1", now_us=T0)


def test_a_tempo_is_kept_as_text_and_as_four_fields(records: Records) -> None:
    made = prescribe(records, side=Side.LEFT, weekdays=(4, 0))
    with records.read() as session:
        assert prescriptions.get(session, CLINIC, made.id) == made
    assert (made.tempo, made.concentric_s, made.hold_s, made.eccentric_s) == ("2-1-2", 2.0, 1.0, 2.0)
    assert made.rest_phase_s is None  # three numbers leave rest unprescribed: not zero
    assert (made.version, made.weekdays, made.side) == (1, [0, 4], Side.LEFT)


def test_revising_ends_the_old_version_and_keeps_it(records: Records) -> None:
    first = prescribe(records)
    with records.write() as session:
        second = prescriptions.revise(
            session, CLINIC, first.id, draft(reps_lower=15, reps_upper=20), by="physio-2", now_us=T0 + 100
        )
    with records.read() as session:
        old = prescriptions.get(session, CLINIC, first.id, 1)
        now = prescriptions.in_force(session, CLINIC, start_us=T0 + 100)
        then = prescriptions.in_force(session, CLINIC, start_us=T0 + 99)
        both = prescriptions.in_force(session, CLINIC, start_us=T0, end_us=T0 + 101)
    assert (old.valid_to_us, old.reps_lower, old.created_by) == (T0 + 100, 12, "physio-1")
    assert (second.version, second.valid_from_us, second.person_id) == (2, T0 + 100, first.person_id)
    assert [each.version for each in now] == [2]
    assert [each.version for each in then] == [1]
    assert [each.version for each in both] == [1, 2]


def test_an_ended_prescription_cannot_be_revised(records: Records) -> None:
    made = prescribe(records)
    with records.write() as session:
        ended = prescriptions.end(session, CLINIC, made.id, now_us=T0 + 5)
        assert prescriptions.end(session, CLINIC, made.id, now_us=T0 + 9) == ended
        with pytest.raises(RecordsError) as caught:
            prescriptions.revise(session, CLINIC, made.id, draft(), by="x", now_us=T0 + 9)
    assert caught.value.reason is RecordsReason.CONFLICT
    with records.read() as session:
        assert prescriptions.in_force(session, CLINIC, start_us=T0 + 5) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reps_lower": None, "reps_upper": None}, "exactly one"),
        ({"seconds": 30.0}, "exactly one"),
        ({"reps_lower": 16}, "at most reps_upper"),
        ({"reps_lower": None, "steps": 10}, "needs reps_lower"),
        ({"tempo": "fast"}, "cannot read tempo"),
        ({"weekdays": (7,)}, "weekdays"),
        ({"weekdays": ()}, "weekdays"),
        ({"days_per_week": None}, "how many days"),
        ({"days_per_week": 8}, "1 to 7"),
        ({"pain_limit": 11}, "pain limit"),
        ({"sets": 0}, "sets"),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused_in_words(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RecordsError, match=words) as caught:
        draft(**changes)
    assert caught.value.reason is RecordsReason.INVALID


def test_prescribing_for_nobody_is_refused(records: Records) -> None:
    with pytest.raises(RecordsError) as caught, records.write() as session:
        prescriptions.prescribe(session, CLINIC, "nobody", draft(), by="x", now_us=T0)
    assert caught.value.reason is RecordsReason.NOT_FOUND
