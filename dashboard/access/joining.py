"""Joining: an invitation is turned into an account and a session, once."""

from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection
from starlette.responses import Response

from dashboard.access import logging_in
from dashboard.access.access import Access
from dashboard.access.logging_in import refused
from dashboard.access.models import InvitationOut, StaffJoinIn
from dashboard.access.throttle import CredentialPath
from dashboard.auditing import note_by
from dashboard.errors import DashboardError, DashboardReason, invalid
from dashboard.language import translated
from tempoband.identity import passwords
from tempoband.identity.keys import digest, tidy
from tempoband.identity.lockout import INVITATIONS
from tempoband.identity.permissions import Action
from tempoband.identity.principal import Role
from tempoband.storage.records import accounts, clinics, invitations, people
from tempoband.storage.records.accounts import Account
from tempoband.storage.records.invitations import Invitation

_SHORT = 12  # what is typed by hand, with its hyphen


def look(access: Access, connection: HTTPConnection, key: str) -> InvitationOut:
    """What an invitation is for.

    Raises:
        DashboardError: 401, alike for used, expired and made-up ones; 429.
    """
    invitation = _found(access, connection, key)
    with access.records.read() as session:
        clinic = clinics.get(session, invitation.clinic_id)
    return InvitationOut(
        role=Role(invitation.role),
        clinic=translated(clinic.name),
        for_account=invitation.account_id is not None,
    )


def join_as_wearer(
    access: Access, connection: HTTPConnection, response: Response, key: str, code: str
) -> None:
    """Log this device in as the wearer the invitation is for.

    Raises:
        DashboardError: 401, 429.
    """
    invitation = _found(access, connection, key)
    if invitation.person_id is None or not _right_code(access, invitation, code):
        raise refused("this code is wrong or too old; ask for a new one")
    with access.records.write() as session:
        _use_up(session, invitation)
        account = _wearer(access, session, invitation, invitation.person_id)
        logging_in.begin(access, connection, response, session, account)


def join_as_staff(access: Access, connection: HTTPConnection, response: Response, told: StaffJoinIn) -> None:
    """Make the account, or give it another password, and log in.

    Raises:
        DashboardError: 401, 409 when the name is taken, 422 for a weak password; 429.
    """
    invitation = _found(access, connection, told.key)
    if invitation.person_id is not None:
        raise refused("this link is for a wearer")
    if invitation.account_id is None and told.login is None:
        raise invalid("choose a log-in name")
    known = tuple(each for each in (told.login, invitation.name) if each)
    passwords.check_strength(told.password, known=known)
    kept = passwords.hashed(told.password)
    with access.records.write() as session:
        _use_up(session, invitation)
        account = _staff(access, session, invitation, told.login or "", kept)
        logging_in.begin(access, connection, response, session, account)
    access.watch.poke()


def _found(access: Access, connection: HTTPConnection, key: str) -> Invitation:
    paths = (CredentialPath("invitations", "all", INVITATIONS, shared=True), access.address(connection))
    access.throttle.enter(paths, access.now_us())
    typed = tidy(key) if len(key.strip()) <= _SHORT else key.strip()
    with access.records.read() as session:
        invitation = invitations.by_key(session, digest(typed), now_us=access.now_us())
    if invitation is None:
        raise refused("this invitation is not good any more; ask for a new one")
    access.throttle.passed(paths, access.now_us())
    return invitation


def _right_code(access: Access, invitation: Invitation, code: str) -> bool:
    """Each try is used up before it is judged: no two at once get the same one."""
    with access.records.write() as session:
        left = invitations.take_attempt(session, invitation)
    kept = invitation.code_digest
    typed = code.replace(" ", "")
    return (
        left >= 0 and kept is not None and access.keyring.same(typed, f"code {invitation.key_digest}", kept)
    )


def _use_up(session: Session, invitation: Invitation) -> None:
    if not invitations.remove(session, invitation.clinic_id, invitation.id):
        raise refused("this invitation was used a moment ago")


def _wearer(access: Access, session: Session, invitation: Invitation, person_id: str) -> Account:
    account = accounts.of_person(session, invitation.clinic_id, person_id)
    if account is None:
        person = people.get(session, invitation.clinic_id, person_id)
        account = accounts.add(
            session,
            invitation.clinic_id,
            role=Role.WEARER,
            name=person.pseudonym,  # names stand with the people only
            person_id=person_id,
            now_us=access.now_us(),
        )
    accounts.enable(session, invitation.clinic_id, account.id)
    return account


def _staff(access: Access, session: Session, invitation: Invitation, login: str, kept: str) -> Account:
    clinic_id, now_us = invitation.clinic_id, access.now_us()
    if invitation.account_id is None:
        made = accounts.add(
            session,
            clinic_id,
            role=invitation.role,
            name=invitation.name or login,
            login=login,
            password_hash=kept,
            now_us=now_us,
        )
        note_by(session, made, Action.LOG_IN, "account", made.id, now_us=now_us, detail={"what": "joined"})
        return made
    account = accounts.get(session, clinic_id, invitation.account_id)
    if account.disabled_us is not None:
        raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, "this account is switched off")
    accounts.set_password(session, clinic_id, account.id, kept)
    accounts.log_off_everywhere(session, clinic_id, account.id)
    detail = {"what": "another password"}
    note_by(session, account, Action.LOG_IN, "account", account.id, now_us=now_us, detail=detail)
    return account
