import pytest

from tempoband.contracts.events import CloseReason
from tempoband.storage.records import Records, RecordsError, RecordsReason, clinics, declarations
from tests.records.make import CLINIC, SECOND, SENSOR, T0, declaration


def test_open_then_close(records: Records) -> None:
    opened = declaration(exercise="clamshell", tempo="2-1-2")
    with records.write() as session:
        assert declarations.open_set(session, CLINIC, opened) == (opened, None)
    with records.read() as session:
        assert declarations.open_on(session, CLINIC, SENSOR) == opened
        assert declarations.every_open(session, CLINIC) == [opened]
    with records.write() as session:
        closed = declarations.close(session, CLINIC, opened.id, T0 + SECOND, CloseReason.TARGET)
    assert (closed.closed_us, closed.close_reason) == (T0 + SECOND, CloseReason.TARGET)
    with records.read() as session:
        assert declarations.open_on(session, CLINIC, SENSOR) is None
        assert declarations.get(session, CLINIC, opened.id) == closed


def test_one_open_set_per_sensor(records: Records) -> None:
    first, second = declaration(), declaration(opened_us=T0 + 9 * SECOND)
    other = declaration(sensor="progressor-2")
    with records.write() as session:
        for each in (first, other):
            declarations.open_set(session, CLINIC, each)
        opened, replaced = declarations.open_set(session, CLINIC, second)
    assert opened == second
    assert replaced is not None
    assert (replaced.id, replaced.close_reason) == (first.id, CloseReason.REPLACED)
    assert replaced.closed_us == second.opened_us
    with records.read() as session:
        assert {each.id for each in declarations.every_open(session, CLINIC)} == {second.id, other.id}


def test_the_database_itself_refuses_a_second_open_set(records: Records) -> None:
    from tempoband.storage.records.rows import values
    from tempoband.storage.records.tables import SetDeclarationRow

    with pytest.raises(RecordsError) as caught, records.write() as session:
        session.add_all(SetDeclarationRow(clinic_id=CLINIC, **values(declaration())) for _ in range(2))
    assert caught.value.reason is RecordsReason.CONFLICT
    with records.read() as session:
        assert declarations.every_open(session, CLINIC) == []


def test_the_first_close_wins(records: Records) -> None:
    opened = declaration()
    with records.write() as session:
        declarations.open_set(session, CLINIC, opened)
        declarations.close(session, CLINIC, opened.id, T0 + SECOND, CloseReason.HAND)
        again = declarations.close(session, CLINIC, opened.id, T0 + 2 * SECOND, CloseReason.IDLE)
    assert (again.closed_us, again.close_reason) == (T0 + SECOND, CloseReason.HAND)


def test_a_set_never_ends_before_it_begins(records: Records) -> None:
    opened = declaration()
    with records.write() as session:
        declarations.open_set(session, CLINIC, opened)
        assert declarations.close(session, CLINIC, opened.id, T0 - 1, CloseReason.HAND).closed_us == T0


@pytest.mark.parametrize(
    ("start_s", "end_s", "found"),
    [(-5, 0, ""), (-5, 1, "a"), (9, 10, "a"), (10, 20, ""), (0, 100, "ab"), (30, 31, "b"), (900, 901, "b")],
)
def test_touching_is_half_open(records: Records, start_s: int, end_s: int, found: str) -> None:
    a, b = declaration(id="a"), declaration(id="b", opened_us=T0 + 20 * SECOND)
    with records.write() as session:
        declarations.open_set(session, CLINIC, a)
        declarations.close(session, CLINIC, "a", T0 + 10 * SECOND, CloseReason.HAND)
        declarations.open_set(session, CLINIC, b)
    with records.read() as session:
        hits = declarations.touching(session, CLINIC, SENSOR, T0 + start_s * SECOND, T0 + end_s * SECOND)
    assert "".join(each.id for each in hits) == found


def test_discarding_an_open_set_closes_it(records: Records) -> None:
    opened = declaration()
    with records.write() as session:
        declarations.open_set(session, CLINIC, opened)
        gone = declarations.discard(session, CLINIC, opened.id, T0 + SECOND)
    assert (gone.closed_us, gone.close_reason, gone.discarded_us) == (
        T0 + SECOND,
        CloseReason.HAND,
        T0 + SECOND,
    )


def test_telling_afterwards_keeps_to_one_set_at_a_time(records: Records) -> None:
    past = declaration(closed_us=T0 + 10 * SECOND, exercise="clamshell")
    overlap = declaration(opened_us=T0 + 9 * SECOND, closed_us=T0 + 20 * SECOND)
    with records.write() as session:
        declarations.tell(session, CLINIC, past)
        declarations.tell(session, CLINIC, past)
    for wrong in (overlap, declaration(opened_us=T0 + 30 * SECOND)):
        with pytest.raises(RecordsError) as caught, records.write() as session:
            declarations.tell(session, CLINIC, wrong)
        assert caught.value.reason is RecordsReason.CONFLICT


def test_another_clinics_set_is_not_there(records: Records) -> None:
    opened = declaration()
    with records.write() as session:
        clinics.ensure(session, "other", "Other clinic", now_us=T0)
        declarations.open_set(session, CLINIC, opened)
    with records.read() as session:
        assert declarations.find(session, "other", opened.id) is None
        assert declarations.touching(session, "other", SENSOR, 0, 2 * T0) == []
        for act in (declarations.get, declarations.remove):
            with pytest.raises(RecordsError) as caught:
                act(session, "other", opened.id)
            assert caught.value.reason is RecordsReason.NOT_FOUND
