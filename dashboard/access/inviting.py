"""Inviting: one-time ways in for wearers, new staff, and staff that forgot the password."""

from typing import Final

from sqlalchemy.orm import Session

from dashboard.access.access import Access
from dashboard.access.models import JoinOut, LinkOut
from dashboard.access.qr import qr
from tempoband.identity.keys import digest, new_code, new_key, new_short_key
from tempoband.identity.lockout import CODE_ATTEMPTS
from tempoband.identity.principal import Role
from tempoband.storage.records import accounts, invitations
from tempoband.storage.records.accounts import Account

PAGE: Final = "join"
_MINUTE_US: Final = 60 * 1_000_000
WEARER_US: Final = 15 * _MINUTE_US
STAFF_US: Final = 3 * 24 * 60 * _MINUTE_US
RESET_US: Final = 60 * _MINUTE_US
TERMINAL: Final = "terminal"  # who invited, when it was the machine's own keeper


def invite_wearer(
    access: Access, session: Session, clinic_id: str, person_id: str, *, by: str, base: str
) -> JoinOut:
    """A way in for a wearer's next device; an earlier one that was not used ends."""
    key, code = new_short_key(), new_code()
    made = invitations.add(
        session,
        clinic_id,
        digest(key),
        role=Role.WEARER,
        by=by,
        now_us=access.now_us(),
        expires_us=access.now_us() + WEARER_US,
        person_id=person_id,
        code_digest=access.keyring.digest(code, f"code {digest(key)}"),
        attempts=CODE_ATTEMPTS,
    )
    link = f"{base}/{PAGE}#{key}"
    return JoinOut(key=f"{key[:5]}-{key[5:]}", code=code, link=link, qr=qr(link), expires_us=made.expires_us)


def invite_staff(
    session: Session, clinic_id: str, role: Role, *, by: str, base: str, now_us: int, name: str | None = None
) -> LinkOut:
    """A link to a new account."""
    key = new_key()
    made = invitations.add(
        session,
        clinic_id,
        digest(key),
        role=role,
        by=by,
        name=name,
        now_us=now_us,
        expires_us=now_us + STAFF_US,
    )
    return LinkOut(link=f"{base}/{PAGE}#{key}", expires_us=made.expires_us)


def invite_back(session: Session, account: Account, *, by: str, base: str, now_us: int) -> LinkOut:
    """A link to another password for an account."""
    key = new_key()
    made = invitations.add(
        session,
        account.clinic_id,
        digest(key),
        role=account.role,
        by=by,
        account_id=account.id,
        now_us=now_us,
        expires_us=now_us + RESET_US,
    )
    return LinkOut(link=f"{base}/{PAGE}#{key}", expires_us=made.expires_us)


def first_admin(access: Access, clinic_id: str, *, base: str) -> LinkOut | None:
    """A link to the first account, where there is none that could invite anybody; older such links end."""
    with access.records.write() as session:
        if accounts.count(session, Role.CLINIC_ADMIN) or accounts.count(session, Role.SYSTEM_ADMIN):
            return None
        invitations.remove_of_role(session, clinic_id, Role.CLINIC_ADMIN, by=TERMINAL)
        return invite_staff(
            session, clinic_id, Role.CLINIC_ADMIN, by=TERMINAL, base=base, now_us=access.now_us()
        )
