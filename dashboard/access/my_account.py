"""What somebody does with their own account: authenticator, password, sessions, tokens."""

from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.responses import Response

from dashboard.access import logging_in
from dashboard.access.access import Access
from dashboard.access.known import Known
from dashboard.access.logging_in import recovery_digest, refused
from dashboard.access.models import NewTokenOut, RecoveryOut, SecondFactorOut, TokenIn
from dashboard.access.qr import qr
from dashboard.access.throttle import CredentialPath
from dashboard.auditing import note_by
from dashboard.errors import DashboardError, DashboardReason, invalid
from tempoband.identity import passwords, second_factor
from tempoband.identity.keys import digest, new_token
from tempoband.identity.lockout import ACCOUNT
from tempoband.identity.permissions import NEVER_BY_TOKEN, Action, actions
from tempoband.storage.records import accounts, logins, tokens
from tempoband.words.phrases import Phrase, phrased

_DAY_US = 24 * 3600 * 1_000_000
_MOST_TOKENS = 50


def offer_second_factor(
    access: Access, connection: HTTPConnection, known: Known, code: str | None
) -> SecondFactorOut:
    """A new seed to take into an authenticator; replacing one needs a code of the one before.

    Raises:
        DashboardError: 401, 409 for wearers, who have no password to add to; 429.
    """
    account = known.account
    if account.login is None:
        raise _conflict("an authenticator belongs to accounts with a password")
    if account.seed is not None:
        paths = (CredentialPath("second factor", account.id, ACCOUNT), access.address(connection))
        access.throttle.enter(paths, access.now_us())
        with access.records.write() as session:
            if not logging_in.right_code(access, session, account, code or ""):
                raise refused("enter a code of the authenticator you replace")
        access.throttle.passed(paths, access.now_us())
    seed = second_factor.new_seed()
    with access.records.write() as session:
        accounts.offer_seed(session, account.clinic_id, account.id, access.keyring.seal(seed))
    address = second_factor.address(seed, account.login)
    return SecondFactorOut(seed=seed, address=address, qr=qr(address))


def confirm_second_factor(
    access: Access, connection: HTTPConnection, response: Response, known: Known, code: str
) -> RecoveryOut:
    """The authenticator shows this code, so it has the seed: it counts from now; shows recovery codes once.

    Raises:
        DashboardError: 401, 409 when nothing was offered; 429.
    """
    account, login = known.account, known.login
    seed = access.keyring.unseal(account.seed_offered or "")
    if login is None or seed is None or (account.seed is not None and login.second_factor_us is None):
        raise _conflict("ask for a new seed first")
    paths = (CredentialPath("second factor", account.id, ACCOUNT), access.address(connection))
    access.throttle.enter(paths, access.now_us())
    now_us = access.now_us()
    step = second_factor.accepted_step(seed, code.replace(" ", ""), now_us=now_us, last_step=0)
    if step is None:
        raise refused("this code is wrong: see that the phone's clock is right, and enter the newest one")
    codes = second_factor.new_recovery_codes()
    kept = [recovery_digest(access, account.id, each) for each in codes]
    with access.records.write() as session:
        accounts.confirm_seed(session, account.clinic_id, account.id, step=step, code_digests=kept)
        logins.passed_second_factor(session, login, now_us=now_us)
        logging_in.rotate(access, connection, response, session, known)
        logins.end_others(session, account.clinic_id, account.id, but=login.id)
        detail = {"what": "authenticator"}
        note_by(session, account, Action.CHANGE_ACCOUNT, "account", account.id, now_us=now_us, detail=detail)
    access.throttle.passed(paths, access.now_us())
    access.watch.poke()
    return RecoveryOut(codes=codes)


def change_password(
    access: Access, connection: HTTPConnection, response: Response, known: Known, *, old: str, new: str
) -> None:
    """Another password; every other session ends.

    Raises:
        DashboardError: 401, 409 for wearers, 422 for a weak one; 429.
    """
    account = known.account
    if account.password_hash is None or account.login is None:
        raise _conflict("this account has no password")
    paths = (CredentialPath("password", account.login, ACCOUNT), access.address(connection))
    access.throttle.enter(paths, access.now_us())
    if not passwords.matches(old, account.password_hash):
        raise refused("the old password is wrong")
    access.throttle.passed(paths, access.now_us())
    passwords.check_strength(new, known=(account.login, account.name))
    kept = passwords.hashed(new)
    with access.records.write() as session:
        accounts.set_password(session, account.clinic_id, account.id, kept)
        logging_in.rotate(access, connection, response, session, known)
        but = None if known.login is None else known.login.id
        logins.end_others(session, account.clinic_id, account.id, but=but)
        detail, now_us = {"what": "password"}, access.now_us()
        note_by(session, account, Action.CHANGE_ACCOUNT, "account", account.id, now_us=now_us, detail=detail)
    access.watch.poke()


def make_token(access: Access, known: Known, told: TokenIn) -> NewTokenOut:
    """A token for a program, limited to some of what its owner may do; its key is shown this once.

    Raises:
        DashboardError: 422, for actions that the owner or no token may have; 409 for too many tokens.
    """
    wanted = set(told.actions)
    never = wanted & NEVER_BY_TOKEN
    beyond = wanted - set(actions(known.principal))
    if never or beyond:
        listed = ", ".join(sorted(never | beyond))
        raise invalid(phrased("a token of yours cannot have: {actions}", actions=listed))
    account, key, now_us = known.account, new_token(), access.now_us()
    with access.records.write() as session:
        if len(tokens.of_account(session, account.clinic_id, account.id)) >= _MOST_TOKENS:
            raise _conflict(
                phrased("an account has at most {most} tokens; revoke one first", most=_MOST_TOKENS)
            )
        made = tokens.add(
            session,
            account.clinic_id,
            account.id,
            digest(key),
            name=told.name,
            actions=wanted,
            now_us=now_us,
            expires_us=now_us + told.days * _DAY_US,
        )
        detail = {"what": "token made", "actions": sorted(wanted)}
        note_by(session, account, Action.CHANGE_ACCOUNT, "token", made.id, now_us=now_us, detail=detail)
    return NewTokenOut(
        id=made.id,
        name=made.name,
        actions=sorted(made.actions),
        created_us=made.created_us,
        used_us=None,
        expires_us=made.expires_us,
        key=key,
    )


def _conflict(words: Phrase | str) -> DashboardError:
    return DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, words)
