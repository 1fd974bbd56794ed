"""Least privilege in one table: what each role may do, and to whose data.

Routes, sockets and topics name an ``Action``; nothing else decides. What is not in the table is refused.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tempoband.identity.principal import Pending, Principal, Role


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
    SET_LANGUAGE = "people.language"  # in which language to write to somebody
    READ_PRESCRIPTIONS = "prescriptions.read"
    PRESCRIBE = "prescriptions.write"
    READ_ADVICE = "advice.read"  # what to change in a prescription
    READ_NOTES = "notes.read"  # of the physio's file
    WRITE_NOTE = "notes.write"
    READ_RECORD = "record.read"  # somebody's work as PDF, CSV, NDJSON or FHIR
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
    READ_ACCOUNT = "account.read"  # who I am, my sessions and tokens
    LOG_IN = "account.log_in"  # the steps of logging in, and logging out
    CHANGE_ACCOUNT = "account.write"  # my password, my authenticator, my sessions and tokens
    READ_CONSENT = "consent.read"
    CONSENT = "consent.write"  # agree, withdraw
    READ_DEVICES = "devices.read"  # on which devices a wearer is logged in
    INVITE_WEARER = "devices.write"  # let a wearer in, log a wearer's device off
    READ_STAFF = "staff.read"
    MANAGE_STAFF = "staff.write"
    READ_CLINICS = "clinics.read"
    MANAGE_CLINICS = "clinics.write"
    READ_HOMES = "homes.read"  # which bridges and homes there are, and how they stand
    MANAGE_HOMES = "homes.write"  # pairing codes, revoking
    READ_CONFLICTS = "conflicts.read"  # what was changed both at home and at the clinic
    SETTLE_CONFLICTS = "conflicts.write"
    READ_AUDIT = "audit.read"  # who saw or changed whose data
    READ_RIGHTS = "rights.read"  # what somebody agreed to, and how much is kept of them
    EXPORT_PERSON = "people.export"
    ERASE_PERSON = "people.erase"


class Scope(StrEnum):
    """Whose data an action may touch."""

    OWN = "own"  # the wearer's own
    CLINIC = "clinic"  # everybody's in the principal's clinic


# What an account may do with itself.
_SELF: Final = dict.fromkeys((Action.READ_ACCOUNT, Action.LOG_IN, Action.CHANGE_ACCOUNT), Scope.OWN)
_EVERYBODY: Final = _SELF | dict.fromkeys((Action.READ_SYSTEM, Action.READ_CATALOGUE), Scope.CLINIC)
_WEARER: Final = _EVERYBODY | dict.fromkeys(
    (
        Action.READ_SENSORS,
        Action.WATCH_LIVE,
        Action.COMMAND_SENSOR,
        Action.READ_SAMPLES,
        Action.READ_SETS,
        Action.OPEN_SET,
        Action.EDIT_SET,
        Action.READ_PEOPLE,
        Action.SET_LANGUAGE,
        Action.READ_PRESCRIPTIONS,
        Action.READ_COMPLIANCE,
        Action.READ_REPORTS,
        Action.REPORT,
        Action.READ_RECORD,
        Action.READ_MESSAGES,
        Action.MARK_READ,
        Action.READ_WATCH,
        Action.ANSWER_WATCH,
        Action.END_WATCH,
        Action.READ_CONSENT,
        Action.CONSENT,
        Action.READ_DEVICES,
        Action.READ_AUDIT,
        Action.READ_RIGHTS,
        Action.EXPORT_PERSON,
    ),
    Scope.OWN,
)
# Runs the clinic's accounts and machines: no page shows them anybody's body.
_CLINIC_ADMIN: Final = _EVERYBODY | dict.fromkeys(
    (
        Action.READ_SENSORS,
        Action.ASSIGN_SENSOR,
        Action.READ_PEOPLE,
        Action.ADD_PERSON,
        Action.READ_RULES,
        Action.READ_DAILY_MAIL,
        Action.CHANGE_DAILY_MAIL,
        Action.READ_STAFF,
        Action.READ_HOMES,
        Action.MANAGE_HOMES,
        Action.MANAGE_STAFF,
        Action.READ_AUDIT,
        Action.READ_RIGHTS,
        Action.EXPORT_PERSON,  # the clinic answers who asks for their data, also when the physio has left
        Action.ERASE_PERSON,
    ),
    Scope.CLINIC,
)
# Runs the server: clinics and their first administrators, nobody's data.
_SYSTEM_ADMIN: Final = _EVERYBODY | dict.fromkeys((Action.READ_CLINICS, Action.MANAGE_CLINICS), Scope.CLINIC)
_NOT_PHYSIO: Final = {
    Action.CONSENT,  # nobody agrees for somebody else
    Action.ANSWER_WATCH,
    Action.MARK_READ,
    Action.READ_STAFF,
    Action.MANAGE_STAFF,
    Action.READ_CLINICS,
    Action.MANAGE_CLINICS,
    Action.READ_AUDIT,
}
_PHYSIO: Final = {action: Scope.CLINIC for action in Action if action not in _NOT_PHYSIO} | _SELF

TABLE: Final[Mapping[Role, Mapping[Action, Scope]]] = MappingProxyType(
    {
        Role.LOCAL_OWNER: MappingProxyType(dict.fromkeys(Action, Scope.CLINIC)),
        Role.WEARER: MappingProxyType(_WEARER),
        Role.PHYSIO: MappingProxyType(_PHYSIO),
        Role.CLINIC_ADMIN: MappingProxyType(_CLINIC_ADMIN),
        Role.SYSTEM_ADMIN: MappingProxyType(_SYSTEM_ADMIN),
    }
)


# Before the second factor and before consent nobody sees or changes anything but this.
WHILE_PENDING: Final[Mapping[Pending, frozenset[Action]]] = MappingProxyType(
    {
        Pending.SECOND_FACTOR: frozenset({Action.READ_ACCOUNT, Action.LOG_IN}),
        Pending.SECOND_FACTOR_SETUP: frozenset({Action.READ_ACCOUNT, Action.LOG_IN}),
        Pending.CONSENT: frozenset({Action.READ_ACCOUNT, Action.LOG_IN, Action.READ_CONSENT, Action.CONSENT}),
    }
)
# A program's token never reaches the account it belongs to, nor other accounts.
NEVER_BY_TOKEN: Final = frozenset(
    {
        Action.LOG_IN,
        Action.CHANGE_ACCOUNT,
        Action.CONSENT,
        Action.INVITE_WEARER,
        Action.MANAGE_STAFF,
        Action.MANAGE_CLINICS,
        Action.MANAGE_HOMES,  # a pairing code is a credential, and outlives the token
        Action.ERASE_PERSON,
    }
)


def scope(principal: Principal, action: Action) -> Scope | None:
    """Whose data the principal may touch with this action; None: nobody's, it is refused."""
    if principal.pending is not None and action not in WHILE_PENDING[principal.pending]:
        return None
    if principal.scopes is not None and (action not in principal.scopes or action in NEVER_BY_TOKEN):
        return None
    return TABLE[principal.role].get(action)


def reads(action: Action) -> bool:
    """Whether the action shows data and changes none."""
    return action.rpartition(".")[2] in ("read", "watch", "export")


def actions(principal: Principal) -> list[Action]:
    """Everything the principal may do now, in the table's order."""
    return [action for action in Action if scope(principal, action) is not None]


def allows(principal: Principal, action: Action, person_id: str | None) -> bool:
    """Whether the action may touch this person's data; ``person_id`` None is data of nobody known."""
    found = scope(principal, action)
    if found is Scope.OWN:
        return principal.person_id is not None and principal.person_id == person_id
    return found is Scope.CLINIC
