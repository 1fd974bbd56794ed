"""Least privilege in one table: what each role may do, and to whose data.

Routes, sockets and topics name an ``Action``; nothing else decides. What is not in the table is refused.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tempoband.identity.principal import Principal, Role


class Action(StrEnum):
    """One thing somebody may do."""

    READ_SYSTEM = "system.read"  # version, health, whether it is simulated
    READ_CATALOGUE = "catalogue.read"
    READ_SENSORS = "sensors.read"
    WATCH_LIVE = "live.watch"
    COMMAND_SENSOR = "sensors.command"  # tare
    ASSIGN_SENSOR = "sensors.assign"
    READ_SAMPLES = "samples.read"
    READ_SETS = "sets.read"
    OPEN_SET = "sets.open"
    EDIT_SET = "sets.edit"  # close, discard, correct
    READ_PEOPLE = "people.read"
    ADD_PERSON = "people.add"
    READ_PRESCRIPTIONS = "prescriptions.read"
    PRESCRIBE = "prescriptions.write"
    READ_ADVICE = "advice.read"  # what to change in a prescription
    READ_COMPLIANCE = "compliance.read"
    READ_REPORTS = "reports.read"
    REPORT = "reports.write"  # pain and effort
    READ_CASELOAD = "caseload.read"
    SETTLE_ALERTS = "caseload.settle"  # acknowledge, put away, take back
    READ_RULES = "rules.read"
    CHANGE_RULES = "rules.write"
    READ_MESSAGES = "messages.read"
    SEND_MESSAGE = "messages.send"
    MARK_READ = "messages.mark_read"
    READ_DAILY_MAIL = "daily_mail.read"
    CHANGE_DAILY_MAIL = "daily_mail.write"
    ASK_WATCH = "watch.ask"
    READ_WATCH = "watch.read"
    ANSWER_WATCH = "watch.answer"  # consent is the wearer's alone
    END_WATCH = "watch.end"
    CUE = "watch.cue"


class Scope(StrEnum):
    """Whose data an action may touch."""

    OWN = "own"  # the wearer's own
    CLINIC = "clinic"  # everybody's in the principal's clinic


_WEARER: Final = {
    Action.READ_SYSTEM: Scope.CLINIC,
    Action.READ_CATALOGUE: Scope.CLINIC,
    Action.READ_SENSORS: Scope.OWN,
    Action.WATCH_LIVE: Scope.OWN,
    Action.COMMAND_SENSOR: Scope.OWN,
    Action.READ_SAMPLES: Scope.OWN,
    Action.READ_SETS: Scope.OWN,
    Action.OPEN_SET: Scope.OWN,
    Action.EDIT_SET: Scope.OWN,
    Action.READ_PEOPLE: Scope.OWN,
    Action.READ_PRESCRIPTIONS: Scope.OWN,
    Action.READ_COMPLIANCE: Scope.OWN,
    Action.READ_REPORTS: Scope.OWN,
    Action.REPORT: Scope.OWN,
    Action.READ_MESSAGES: Scope.OWN,
    Action.MARK_READ: Scope.OWN,
    Action.READ_WATCH: Scope.OWN,
    Action.ANSWER_WATCH: Scope.OWN,
    Action.END_WATCH: Scope.OWN,
}
_ONLY_WEARERS: Final = {Action.ANSWER_WATCH, Action.MARK_READ}
_PHYSIO: Final = {action: Scope.CLINIC for action in Action if action not in _ONLY_WEARERS}
# Runs the clinic's accounts and machines: no look at anybody's body.
_CLINIC_ADMIN: Final = dict.fromkeys(
    (
        Action.READ_SYSTEM,
        Action.READ_CATALOGUE,
        Action.READ_SENSORS,
        Action.ASSIGN_SENSOR,
        Action.READ_PEOPLE,
        Action.ADD_PERSON,
        Action.READ_RULES,
        Action.READ_DAILY_MAIL,
        Action.CHANGE_DAILY_MAIL,
    ),
    Scope.CLINIC,
)
_SYSTEM_ADMIN: Final = dict.fromkeys((Action.READ_SYSTEM, Action.READ_CATALOGUE), Scope.CLINIC)

TABLE: Final[Mapping[Role, Mapping[Action, Scope]]] = MappingProxyType(
    {
        Role.LOCAL_OWNER: MappingProxyType(dict.fromkeys(Action, Scope.CLINIC)),
        Role.WEARER: MappingProxyType(_WEARER),
        Role.PHYSIO: MappingProxyType(_PHYSIO),
        Role.CLINIC_ADMIN: MappingProxyType(_CLINIC_ADMIN),
        Role.SYSTEM_ADMIN: MappingProxyType(_SYSTEM_ADMIN),
    }
)


def scope(principal: Principal, action: Action) -> Scope | None:
    """Whose data the principal may touch with this action; None: nobody's, it is refused."""
    return TABLE[principal.role].get(action)


def allows(principal: Principal, action: Action, person_id: str | None) -> bool:
    """Whether the action may touch this person's data; ``person_id`` None is data of nobody known."""
    found = scope(principal, action)
    if found is Scope.OWN:
        return principal.person_id is not None and principal.person_id == person_id
    return found is Scope.CLINIC
