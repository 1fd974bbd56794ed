"""Forgetting a person, on both databases: no table may keep a row about them."""

from sqlalchemy import insert, select

from tempoband.storage.records import Records, erasures, people
from tempoband.storage.records.forgetting import KEPT, Stretch, forget_person, stretches_of
from tempoband.storage.records.tables import Base, PersonRow
from tests.records.filling import fill
from tests.records.make import CLINIC, SECOND, SENSOR, T0


def test_every_table_about_people_is_emptied(records: Records) -> None:
    fill(records)
    with records.write() as session:
        (person,) = session.scalars(select(PersonRow.id)).all()
        other = people.add(session, CLINIC, "Ben", now_us=T0)
        (stretch,) = stretches_of(session, CLINIC, person, now_us=T0 + 90 * SECOND)
        assert stretch == Stretch(SENSOR, T0, T0 + 90 * SECOND)
        gone = forget_person(session, CLINIC, person)
    about = {t.name for t in Base.metadata.sorted_tables if "person_id" in t.columns} - KEPT
    assert gone.keys() >= {"people", "sets", "set_declarations", "prescriptions", "assignments"}
    with records.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in about:
                left = [row for row in session.execute(table.select()) if person in row]
                assert left == [], table.name
        assert {"recordings"} <= about
        for orphan in ("scores", "reps"):
            assert session.execute(Base.metadata.tables[orphan].select()).all() == []
        assert [each.id for each in people.current(session, CLINIC)] == [other.id]


def test_tables_to_keep_are_kept(records: Records) -> None:
    fill(records)
    notes = Base.metadata.tables["notes"]
    with records.write() as session:
        other = people.add(session, CLINIC, "Ben", now_us=T0).id
        session.execute(
            insert(notes).values(
                clinic_id=CLINIC, id="m", person_id=other, body="Hello", written_us=T0, by="x"
            )
        )
        assert "notes" not in forget_person(session, CLINIC, "nobody", keep=["notes"])
        assert forget_person(session, CLINIC, other) == {"notes": 1, "people": 1}


def test_an_erasure_is_open_until_it_is_done(records: Records) -> None:
    ordered = erasures.Erasure("e", SENSOR, T0, T0 + 5, "x", T0)
    with records.write() as session:
        assert erasures.state(session, SENSOR) == (0, 0)
        erasures.order(session, CLINIC, ordered)
        assert erasures.under_way(session, SENSOR) == [Stretch(SENSOR, T0, T0 + 5)]
        assert erasures.pending(session) == [(CLINIC, ordered)]
        assert erasures.pending(session, before_us=T0) == []
    with records.write() as session:
        erasures.done(session, CLINIC, ordered, now_us=T0 + 9)
    with records.read() as session:
        assert erasures.state(session, SENSOR) == (1, 1)
        assert (erasures.under_way(session, SENSOR), erasures.pending(session)) == ([], [])
        assert [each.done_us for each in erasures.of_sensor(session, CLINIC, SENSOR)] == [T0 + 9]
