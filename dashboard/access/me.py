"""Who is asking, as the page needs it; and the daily change of a wearer's key."""

from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection
from starlette.responses import Response

from dashboard.access import cookies, logging_in
from dashboard.access.access import Access
from dashboard.access.known import Known
from dashboard.access.models import MeOut
from dashboard.caller import KNOWN
from dashboard.language import translated
from tempoband.identity.keys import digest, new_key
from tempoband.identity.permissions import NEVER_BY_TOKEN, actions
from tempoband.identity.principal import Principal, Role
from tempoband.storage.records import Records, accounts, clinics, logins, people
from tempoband.storage.records.accounts import Account

_RENEW_AFTER_US = 24 * 3600 * 1_000_000
_ON_THE_WAY_US = 60 * 1_000_000


def describe(records: Records, access: Access | None, principal: Principal) -> MeOut:
    """The principal, with names from the records."""
    with records.read() as session:
        clinic = clinics.get(session, principal.clinic_id)
        account = accounts.find(session, principal.clinic_id, principal.id)
        codes = accounts.recovery_codes_left(session, principal.clinic_id, principal.id)
        name = _name(session, principal, account)
    idle_s = logging_in.lifetimes_s(access, account)[0] if access and account else None
    return MeOut(
        id=principal.id,
        role=principal.role,
        name=name,
        clinic_id=clinic.id,
        clinic=translated(clinic.name),
        person_id=principal.person_id,
        actions=actions(principal),
        token_actions=[each for each in actions(principal) if each not in NEVER_BY_TOKEN],
        pending=principal.pending,
        accounts=access is not None,
        login=None if account is None else account.login,
        second_factor=account is not None and account.seed is not None,
        recovery_codes_left=codes,
        idle_s=idle_s,
    )


def _name(session: Session, principal: Principal, account: Account | None) -> str | None:
    if account is None:
        return None
    if account.person_id is None:
        return account.name
    return people.get(session, principal.clinic_id, account.person_id).display_name


def renew_device_key(access: Access | None, connection: HTTPConnection, response: Response) -> None:
    """Give a wearer's device a new key each day: a copied cookie is then found out, and ends both.

    The old key stays good until the device has shown the new one, since an answer may be lost.
    """
    known = connection.scope.get(KNOWN)
    if access is None or not isinstance(known, Known) or known.login is None:
        return
    login, now_us = known.login, access.now_us()
    shown = digest(cookies.read(connection) or "")
    # An unconfirmed change whose old key still comes after a minute: the answer was lost, change again.
    due_us = _RENEW_AFTER_US if shown == login.key_digest else _ON_THE_WAY_US
    if known.account.role != Role.WEARER or now_us - login.rotated_us < due_us:
        return
    key = new_key()
    with access.records.write() as session:
        logins.rotate(session, login, digest(key), now_us=now_us, previous=shown)
    left_s = (login.expires_us - now_us) / 1e6
    cookies.put(connection, response, key, lasts_s=left_s)
