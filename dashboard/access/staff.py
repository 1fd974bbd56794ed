"""Whose account an administrator may touch: staff of the same clinic, not oneself."""

from http import HTTPStatus

from sqlalchemy.orm import Session

from dashboard.caller import Caller
from dashboard.errors import DashboardError, DashboardReason, not_found
from tempoband.storage.records import accounts
from tempoband.storage.records.accounts import Account


def other_staff(session: Session, caller: Caller, account_id: str) -> Account:
    """The account of a colleague.

    Raises:
        DashboardError: 404 for unknown ones, other clinics' and wearers'; 409 for one's own.
    """
    account = accounts.find(session, caller.clinic_id, account_id)
    if account is None or account.person_id is not None:
        raise not_found("account", account_id)
    if account.id == caller.id:
        words = "this is your own account: another administrator has to do it"
        raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, words)
    return account
