"""The clinic's staff: invite, switch off, help somebody back in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from dashboard import auditing
from dashboard.access import inviting
from dashboard.access.models import (
    LinkOut,
    StaffEdit,
    StaffInvitationOut,
    StaffInviteIn,
    StaffListOut,
    StaffOut,
)
from dashboard.access.staff import other_staff
from dashboard.caller import Caller
from dashboard.deps import AccessDep, May, RecordsDep
from dashboard.errors import not_found
from tempoband.identity.permissions import Action
from tempoband.identity.principal import Role
from tempoband.storage.records import accounts, invitations
from tempoband.storage.records.rows import new_id

router = APIRouter(prefix="/staff", tags=["staff"])
ManageCaller = Annotated[Caller, Depends(May(Action.MANAGE_STAFF))]


@router.get("")
def list_staff(
    caller: Annotated[Caller, Depends(May(Action.READ_STAFF))], access: AccessDep, records: RecordsDep
) -> StaffListOut:
    """Everybody who works here, and who is invited."""
    with records.read() as session:
        found = accounts.staff(session, caller.clinic_id)
        waiting = invitations.waiting(session, caller.clinic_id, now_us=access.now_us())
    staff = [
        StaffOut(
            id=each.id,
            name=each.name,
            login=each.login,
            role=Role(each.role),
            second_factor=each.seed is not None,
            disabled=each.disabled_us is not None,
            created_us=each.created_us,
            me=each.id == caller.id,
        )
        for each in found
    ]
    invited = [
        StaffInvitationOut(
            id=each.id,
            name=each.name,
            role=Role(each.role),
            for_account=each.account_id is not None,
            created_us=each.created_us,
            expires_us=each.expires_us,
        )
        for each in waiting
    ]
    return StaffListOut(staff=staff, invitations=invited)


@router.post("/invitations", status_code=HTTPStatus.CREATED)
def invite(told: StaffInviteIn, caller: ManageCaller, access: AccessDep, request: Request) -> LinkOut:
    """A one-time link to a new account; it is good for three days."""
    with access.records.write() as session:
        made = inviting.invite_staff(
            session,
            caller.clinic_id,
            told.role,
            by=caller.id,
            name=told.name,
            base=access.base(request),
            now_us=access.now_us(),
        )
        detail = {"what": "invited", "role": told.role}
        auditing.note(session, caller, "invitation", new_id(), detail=detail)
    return made


@router.delete("/invitations/{invitation_id}", status_code=HTTPStatus.NO_CONTENT)
def take_back(invitation_id: str, caller: ManageCaller, access: AccessDep) -> None:
    """Take an invitation back."""
    with access.records.write() as session:
        waiting = invitations.waiting(session, caller.clinic_id, now_us=access.now_us())
        if invitation_id not in {each.id for each in waiting}:
            raise not_found("invitation", invitation_id)
        invitations.remove(session, caller.clinic_id, invitation_id)
        auditing.note(session, caller, "invitation", invitation_id, detail={"what": "taken back"})


@router.patch("/{account_id}", status_code=HTTPStatus.NO_CONTENT)
def switch(account_id: str, told: StaffEdit, caller: ManageCaller, access: AccessDep) -> None:
    """Switch an account off, with its sessions and tokens, or on again."""
    with access.records.write() as session:
        account = other_staff(session, caller, account_id)
        if told.disabled:
            accounts.disable(session, caller.clinic_id, account.id, now_us=access.now_us())
        else:
            accounts.enable(session, caller.clinic_id, account.id)
        detail = {"what": "off" if told.disabled else "on"}
        auditing.note(session, caller, "account", account.id, detail=detail)
    access.watch.poke()


@router.delete("/{account_id}/second-factor", status_code=HTTPStatus.NO_CONTENT)
def reset_second_factor(account_id: str, caller: ManageCaller, access: AccessDep) -> None:
    """Forget a lost authenticator: it is set up anew at the next log-in; sessions and tokens end."""
    with access.records.write() as session:
        account = other_staff(session, caller, account_id)
        accounts.reset_seed(session, caller.clinic_id, account.id)
        accounts.log_off_everywhere(session, caller.clinic_id, account.id)
        auditing.note(session, caller, "account", account.id, detail={"what": "authenticator reset"})
    access.watch.poke()


@router.post("/{account_id}/password-link", status_code=HTTPStatus.CREATED)
def password_link(account_id: str, caller: ManageCaller, access: AccessDep, request: Request) -> LinkOut:
    """A one-time link to another password; it is good for an hour."""
    with access.records.write() as session:
        account = other_staff(session, caller, account_id)
        made = inviting.invite_back(
            session, account, by=caller.id, base=access.base(request), now_us=access.now_us()
        )
        auditing.note(session, caller, "account", account.id, detail={"what": "password link"})
    return made
