import pytest

from tempoband.contracts.exercise import Side
from tempoband.storage.records import (
    Records,
    RecordsError,
    RecordsReason,
    audit,
    clinics,
    compliance,
    devices,
    people,
    recordings,
    references,
    self_reports,
    sets,
)
from tempoband.storage.records.devices import Device
from tempoband.storage.records.references import Reference, Rig
from tests.records.make import CLINIC, SENSOR, T0, score, set_record


def test_people_are_listed_by_name_without_the_archived(records: Records) -> None:
    with records.write() as session:
        zoe = people.add(session, CLINIC, "  Zoë   Ångström ", now_us=T0)
        bo = people.add(session, CLINIC, "Bo", now_us=T0)
        gone = people.add(session, CLINIC, "Al", now_us=T0)
        people.archive(session, CLINIC, gone.id, now_us=T0 + 1)
        people.rename(session, CLINIC, bo.id, "Bodil")
    with records.read() as session:
        assert [each.display_name for each in people.current(session, CLINIC)] == ["Bodil", "Zoë Ångström"]
        assert people.names(session, CLINIC)[gone.id] == "Al"
    assert zoe.display_name not in zoe.pseudonym
    with pytest.raises(RecordsError, match="1 to 200"), records.write() as session:
        people.add(session, CLINIC, "   ", now_us=T0)


def test_who_wore_the_sensor_when(records: Records) -> None:
    with records.write() as session:
        a = people.add(session, CLINIC, "A", now_us=T0).id
        b = people.add(session, CLINIC, "B", now_us=T0).id
        devices.seen(session, CLINIC, Device(SENSOR, "Left hip", T0))
        devices.assign(session, CLINIC, SENSOR, a, now_us=T0 + 10)
        devices.assign(session, CLINIC, SENSOR, a, now_us=T0 + 15)
        devices.assign(session, CLINIC, SENSOR, b, now_us=T0 + 20)
    with records.write() as session:
        assert devices.wearers(session, CLINIC) == {SENSOR: b}
        worn = [devices.wearer_at(session, CLINIC, SENSOR, T0 + t) for t in (9, 10, 19, 20)]
        devices.release(session, CLINIC, SENSOR, now_us=T0 + 30)
        assert devices.wearer_at(session, CLINIC, SENSOR, T0 + 30) is None
    assert worn == [None, a, a, b]


def test_a_sensor_belongs_to_one_clinic(records: Records) -> None:
    with records.write() as session:
        clinics.ensure(session, "other", "Other", now_us=T0)
        assert devices.clinic_of(session, SENSOR) == CLINIC
        devices.seen(session, "other", Device(SENSOR, "S", T0))
        renamed = devices.seen(session, "other", Device(SENSOR, "S2", T0 + 5, bridge="home"))
        assert devices.clinic_of(session, SENSOR) == "other"
        assert (renamed.created_us, renamed.name, renamed.bridge) == (T0, "S2", "home")
        with pytest.raises(RecordsError) as caught:
            devices.seen(session, CLINIC, Device(SENSOR, "S", T0))
    assert caught.value.reason is RecordsReason.CONFLICT


def test_a_reference_holds_for_its_rig_only(records: Records) -> None:
    with records.write() as session:
        person = people.add(session, CLINIC, "A", now_us=T0).id
        for n, (label, excursion_n) in enumerate([("green", 40.0), ("green", 44.0), (None, 30.0)]):
            reference = Reference(
                str(n), person, "clamshell", Side.LEFT, excursion_n, 60.0, T0 + n, band_label=label
            )
            references.add(session, CLINIC, reference)
    with records.read() as session:

        def excursion(side: Side, **rig: str) -> float | None:
            found = references.newest(
                session, CLINIC, person, exercise="clamshell", side=side, rig=Rig(**rig)
            )
            return None if found is None else found.excursion_n

        assert excursion(Side.LEFT, band_label="green") == 44.0
        assert excursion(Side.LEFT) == 30.0
        assert excursion(Side.LEFT, band_label="blue") is None
        assert excursion(Side.RIGHT, band_label="green") is None
        assert excursion(Side.LEFT, band_label="green", placement="ankles") is None
        assert len(references.of_person(session, CLINIC, person)) == 3


@pytest.mark.parametrize("wrong", [{"pain": 11}, {"pain": -1}, {"effort_cr10": 12.0}, {}])
def test_self_reports_off_the_scale_are_refused(records: Records, wrong: dict[str, float]) -> None:
    with records.write() as session:
        person = people.add(session, CLINIC, "A", now_us=T0).id
        self_reports.add(session, CLINIC, self_reports.SelfReport("ok", person, T0, "x", pain=0))
    with pytest.raises(RecordsError), records.write() as session:
        self_reports.add(session, CLINIC, self_reports.SelfReport("no", person, T0, "x", **wrong))
    with records.read() as session:
        kept = self_reports.of_person(session, CLINIC, person, start_us=T0, end_us=T0 + 1)
    assert [each.id for each in kept] == ["ok"]


def test_compliance_counts_only_sets_of_people_that_are_not_discarded(records: Records) -> None:
    with records.write() as session:
        person = people.add(session, CLINIC, "A", now_us=T0).id
        kept = set_record(person_id=person)
        thrown = set_record(person_id=person, started_us=T0 + 5)
        nobody = set_record()
        unscored = set_record(person_id=person, started_us=T0 + 9, revision=0)
        for each in (kept, thrown, nobody):
            sets.save(session, CLINIC, each, score([True, False, None], tut_s=9.0))
        sets.save(session, CLINIC, unscored)
        sets.discard(session, CLINIC, thrown.id, T0)
    with records.read() as session:
        rows = compliance.done(session, CLINIC, start_us=T0, end_us=T0 + 10)
        assert compliance.done(session, CLINIC, start_us=T0 + 1, end_us=T0 + 9) == []
        assert compliance.last_set_us(session, CLINIC) == {person: T0 + 9}
    assert [each.id for each in rows] == [kept.id, unscored.id]
    assert (rows[0].rep_count, rows[0].tut_s, rows[0].on_tempo_reps, rows[0].judged_reps) == (3, 9.0, 1, 2)
    assert rows[1].rep_count is None


def test_recordings_start_and_stop_once(records: Records) -> None:
    mark = recordings.Recording("r", SENSOR, "Free pull", T0, "local-owner")
    with records.write() as session:
        recordings.start(session, CLINIC, mark)
        recordings.stop(session, CLINIC, "r", now_us=T0 + 9)
        recordings.stop(session, CLINIC, "r", now_us=T0 + 99)
    with records.read() as session:
        assert [each.ended_us for each in recordings.latest(session, CLINIC, sensor=SENSOR)] == [T0 + 9]


def test_the_audit_outlives_the_person_it_tells_of(records: Records) -> None:
    with records.write() as session:
        for n in range(3):
            act = audit.Act(
                f"a{n}", T0 + n, "local-owner", "local_owner", "people.read", "person", "x", f"p{n % 2}"
            )
            audit.note(session, CLINIC, act)
    with records.read() as session:
        assert [each.id for each in audit.acts(session, CLINIC, start_us=T0, end_us=T0 + 2)] == ["a0", "a1"]
        own = audit.acts(session, CLINIC, start_us=T0, end_us=T0 + 9, person_id="p0")
        assert [each.id for each in own] == ["a0", "a2"]


def test_steps_are_read_from_the_score_on_every_database(records: Records) -> None:
    with records.write() as session:
        person = people.add(session, CLINIC, "A", now_us=T0).id
        for n, steps in enumerate((9, None)):
            item = set_record(person_id=person, started_us=T0 + n)
            sets.save(session, CLINIC, item, score([], steps=steps))
        sets.save(session, CLINIC, set_record(person_id=person, started_us=T0 + 2), score([]))
    with records.read() as session:
        rows = compliance.done(session, CLINIC, start_us=T0, end_us=T0 + 9)
    assert [row.steps for row in rows] == [9.0, None, None]


def test_an_id_no_database_can_hold_is_refused_and_not_a_failure(records: Records) -> None:
    with pytest.raises(RecordsError), records.read() as session:
        people.get(session, CLINIC, "a\x00b")
