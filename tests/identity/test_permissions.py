import pytest

from tempoband.identity.permissions import TABLE, Action, Scope, allows, scope
from tempoband.identity.principal import LOCAL_OWNER, Principal, Role


def somebody(role: Role, person_id: str | None = None) -> Principal:
    return Principal(id="somebody", role=role, clinic_id="c", person_id=person_id)


def test_every_role_is_in_the_table() -> None:
    assert set(TABLE) == set(Role)


def test_the_local_owner_may_do_everything() -> None:
    assert all(allows(LOCAL_OWNER, action, "anybody") for action in Action)


@pytest.mark.parametrize("action", list(Action))
def test_a_wearer_touches_nobody_elses_data(action: Action) -> None:
    wearer = somebody(Role.WEARER, "me")
    personal = {Action.READ_SYSTEM, Action.READ_CATALOGUE}
    if action not in personal:
        assert scope(wearer, action) in (None, Scope.OWN)
        assert not allows(wearer, action, "you")
        assert not allows(wearer, action, None)


def test_a_wearer_reads_their_own_and_prescribes_nothing() -> None:
    wearer = somebody(Role.WEARER, "me")
    assert allows(wearer, Action.READ_SETS, "me")
    for action in (Action.PRESCRIBE, Action.ADD_PERSON, Action.ASSIGN_SENSOR):
        assert not allows(wearer, action, "me")


def test_an_account_without_a_person_owns_nothing() -> None:
    assert not allows(somebody(Role.WEARER), Action.READ_SETS, None)


@pytest.mark.parametrize("role", [Role.CLINIC_ADMIN, Role.SYSTEM_ADMIN])
def test_administrators_see_nobodys_body(role: Role) -> None:
    for action in (Action.READ_SETS, Action.READ_SAMPLES, Action.WATCH_LIVE, Action.READ_COMPLIANCE):
        assert not allows(somebody(role), action, "anybody")


def test_the_table_cannot_be_changed_by_accident() -> None:
    with pytest.raises(TypeError):
        TABLE[Role.WEARER][Action.PRESCRIBE] = Scope.CLINIC  # type: ignore[index]
