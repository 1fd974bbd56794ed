"""Logging in: a password, then the second factor; each step under limits, each with a new key."""

from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection
from starlette.responses import Response

from dashboard.access import cookies
from dashboard.access.access import Access
from dashboard.access.agents import agent_of
from dashboard.access.known import Known
from dashboard.access.throttle import CredentialPath
from dashboard.auditing import note_by
from dashboard.errors import DashboardError, DashboardReason
from tempoband.identity import passwords, second_factor
from tempoband.identity.keys import digest, new_key
from tempoband.identity.lockout import ACCOUNT
from tempoband.identity.permissions import Action
from tempoband.identity.principal import Role
from tempoband.storage.records import accounts, logins
from tempoband.storage.records.accounts import Account

_US_IN_S = 1_000_000
_DAY_S = 86_400.0


def log_in(access: Access, connection: HTTPConnection, response: Response, login: str, password: str) -> None:
    """See that the password is right, and give the browser a session.

    Raises:
        DashboardError: 401, alike for an unknown name and a wrong password; 429.
    """
    name = accounts.tidy_login(login)
    paths = (CredentialPath("password", name, ACCOUNT), access.address(connection))
    access.throttle.enter(paths, access.now_us())
    with access.records.read() as session:
        account = accounts.by_login(session, name)
    usable = account is not None and account.disabled_us is None
    right = passwords.matches(password, account.password_hash if account is not None and usable else None)
    if account is None or not right:
        raise refused("the name or the password is wrong")
    access.throttle.passed(paths, access.now_us())
    with access.records.write() as session:
        if passwords.outdated(account.password_hash or ""):
            accounts.set_password(session, account.clinic_id, account.id, passwords.hashed(password))
        begin(access, connection, response, session, account)


def begin(
    access: Access, connection: HTTPConnection, response: Response, session: Session, account: Account
) -> None:
    """A new session in this browser; one that was there before ends, so that nobody can have planted it."""
    _end_present(access, connection, session)
    now_us, key = access.now_us(), new_key()
    idle_s, longest_s = lifetimes_s(access, account)
    login = logins.begin(
        session,
        account.clinic_id,
        account.id,
        digest(key),
        agent=agent_of(connection.headers.get("user-agent", "")),
        now_us=now_us,
        idle_us=round(idle_s * _US_IN_S),
        expires_us=now_us + round(longest_s * _US_IN_S),
    )
    note_by(session, account, Action.LOG_IN, "session", login.id, now_us=now_us)
    cookies.put(connection, response, key, lasts_s=longest_s)


def lifetimes_s(access: Access, account: Account) -> tuple[float, float]:
    """How long a session of this account lives unused, and at most."""
    settings = access.settings
    if account.role == Role.WEARER:
        return settings.wearer_idle_days * _DAY_S, settings.wearer_longest_days * _DAY_S
    return settings.staff_idle_min * 60.0, settings.staff_longest_h * 3600.0


def pass_second_factor(
    access: Access, connection: HTTPConnection, response: Response, known: Known, code: str
) -> None:
    """See that the code is right; the session gets a new key with its new rights.

    Raises:
        DashboardError: 401, 409 when there is nothing to pass; 429.
    """
    account, login = known.account, known.login
    if login is None or account.seed is None:
        words = "no authenticator is set up for this account"
        raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, words)
    paths = (CredentialPath("second factor", account.id, ACCOUNT), access.address(connection))
    access.throttle.enter(paths, access.now_us())
    with access.records.write() as session:
        if not right_code(access, session, account, code):
            raise refused("this code is wrong, or was used before")
        logins.passed_second_factor(session, login, now_us=access.now_us())
        rotate(access, connection, response, session, known)
    access.throttle.passed(paths, access.now_us())


def right_code(access: Access, session: Session, account: Account, code: str) -> bool:
    """Whether this is a code of the account's authenticator, or one of its recovery codes; it is used up."""
    seed = access.keyring.unseal(account.seed or "")
    tidy = code.replace(" ", "")
    if seed is not None and tidy.isdecimal():
        now = accounts.get(session, account.clinic_id, account.id)
        step = second_factor.accepted_step(seed, tidy, now_us=access.now_us(), last_step=now.last_step)
        return step is not None and accounts.use_step(session, account.clinic_id, account.id, step)
    kept = recovery_digest(access, account.id, tidy)
    return accounts.use_recovery_code(session, account.clinic_id, account.id, kept)


def recovery_digest(access: Access, account_id: str, code: str) -> str:
    """What is kept of a recovery code."""
    return access.keyring.digest(code.lower(), f"recovery {account_id}")


def rotate(
    access: Access, connection: HTTPConnection, response: Response, session: Session, known: Known
) -> None:
    """A new key for the session, since what it may do has changed; the old one opens nothing any more."""
    if known.login is None:
        return
    key = new_key()
    logins.rotate(session, known.login, digest(key), now_us=access.now_us())
    _, longest_s = lifetimes_s(access, known.account)
    cookies.put(connection, response, key, lasts_s=longest_s)


def log_out(access: Access, connection: HTTPConnection, response: Response) -> None:
    """End this session."""
    with access.records.write() as session:
        _end_present(access, connection, session)
    access.watch.poke()
    cookies.drop(connection, response)
    response.headers["clear-site-data"] = '"cache"'


def refused(detail: str) -> DashboardError:
    """A credential that is not good; the sentence never says which part of it."""
    return DashboardError(HTTPStatus.UNAUTHORIZED, DashboardReason.REFUSED, detail)


def _end_present(access: Access, connection: HTTPConnection, session: Session) -> None:
    key = cookies.read(connection)
    present = None if key is None else logins.by_key(session, digest(key))
    if present is not None:
        logins.end(session, present.clinic_id, present.account_id, present.id)
        access.watch.poke()
