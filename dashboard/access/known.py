"""Who a request comes from, by its cookie or its token."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from dashboard.access import cookies
from dashboard.access.consent_text import VERSION
from dashboard.errors import DashboardError, DashboardReason
from tempoband.identity.keys import TOKEN_PREFIX, digest
from tempoband.identity.principal import STAFF, Pending, Principal, Role
from tempoband.storage.records import Records, accounts, consents, logins, tokens
from tempoband.storage.records.accounts import Account
from tempoband.storage.records.logins import Login
from tempoband.storage.records.tokens import Token
from tempoband.words.phrases import phrased

OUR_HEADER = "x-tempoband"  # no other site's form can send it: the browser would ask us first
IDLE_HEADER = "x-tempoband-idle"  # the page asks by itself, nobody touched it
_GRACE_US = 60_000_000  # requests that were on their way when the key changed
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is known, and by what."""

    principal: Principal
    account: Account
    login: Login | None = None
    token: Token | None = None

    @property
    def credential_id(self) -> str:
        """Id of the session or token; opens nothing."""
        credential = self.login or self.token
        assert credential is not None  # noqa: S101 - one of the two always is
        return credential.id


@dataclass(slots=True)
class Doorman:
    """Recognises sessions and tokens.

    Attributes:
        second_factor_required: whether staff must have an authenticator.
        clock: UTC microseconds; tests bring their own.
    """

    records: Records
    second_factor_required: bool
    clock: Callable[[], int] = field(default=lambda: time.time_ns() // 1000)

    def now_us(self) -> int:
        """UTC microseconds."""
        return self.clock()

    def recognise(self, connection: HTTPConnection) -> Known:
        """Who asks.

        Raises:
            DashboardError: 401, for nobody we know; 403, when it was not our own page that asked.
        """
        bearer = connection.headers.get("authorization", "")
        if bearer:
            return self._by_token(bearer)
        key = cookies.read(connection)
        if not key:
            raise log_in_first()
        _see_our_page(connection)
        return self._by_cookie(key, busy=IDLE_HEADER not in connection.headers)

    def _by_token(self, bearer: str) -> Known:
        scheme, _, key = bearer.partition(" ")
        if scheme.lower() != "bearer" or not key.startswith(TOKEN_PREFIX):
            raise log_in_first()
        now_us = self.clock()
        with self.records.read() as session:
            token = tokens.by_key(session, digest(key), now_us=now_us)
            account = None if token is None else accounts.find(session, token.clinic_id, token.account_id)
            if token is None or account is None or account.disabled_us is not None:
                raise log_in_first()
            consent = self._consent_missing(session, account)
        if tokens.worth_noting(token, now_us):
            with self.records.write() as session:
                tokens.used(session, token, now_us=now_us)
        pending = Pending.CONSENT if consent else None
        return Known(_principal(account, pending, token.actions), account, token=token)

    def _by_cookie(self, key: str, *, busy: bool) -> Known:
        now_us, key_digest = self.clock(), digest(key)
        with self.records.read() as session:
            login = logins.by_key(session, key_digest)
            if login is None or not login.alive(now_us):
                raise log_in_first()
            account = accounts.find(session, login.clinic_id, login.account_id)
            if account is None or account.disabled_us is not None:
                raise log_in_first()
            pending = self._pending(session, account, login)
        self._keep_up(login, key_digest, now_us, busy=busy)
        return Known(_principal(account, pending), account, login=login)

    def _keep_up(self, login: Login, key_digest: str, now_us: int, *, busy: bool) -> None:
        """Note the use; a key that was replaced long ago can only be a copy: end the session for both."""
        if key_digest != login.key_digest:
            if login.confirmed_us is not None and now_us - login.confirmed_us > _GRACE_US:
                with self.records.write() as session:
                    logins.end(session, login.clinic_id, login.account_id, login.id)
                raise log_in_first()
            return
        unconfirmed = login.previous_digest is not None and login.confirmed_us is None
        if unconfirmed or (busy and logins.worth_noting(login, now_us)):
            with self.records.write() as session:
                logins.confirm(session, login, now_us=now_us)
                if busy:
                    logins.seen(session, login, now_us=now_us)

    def _pending(self, session: Session, account: Account, login: Login) -> Pending | None:
        if account.seed is not None and login.second_factor_us is None:
            return Pending.SECOND_FACTOR
        if account.seed is None and self.second_factor_required and account.role in STAFF:
            return Pending.SECOND_FACTOR_SETUP
        return Pending.CONSENT if self._consent_missing(session, account) else None

    def _consent_missing(self, session: Session, account: Account) -> bool:
        if account.person_id is None:
            return False
        held = consents.current(session, account.clinic_id, account.person_id)
        return held is None or held.version != VERSION


def log_in_first() -> DashboardError:
    """The one answer to everybody who is not known, whatever the reason."""
    return DashboardError(HTTPStatus.UNAUTHORIZED, DashboardReason.LOG_IN, "log in first")


def _see_our_page(connection: HTTPConnection) -> None:
    """The cookie came by itself; whether our own page sent it, these tell (the guard checked the origin)."""
    if connection.scope["type"] == "websocket":
        ours = "origin" in connection.headers
    else:
        ours = connection.scope["method"] in _SAFE_METHODS or OUR_HEADER in connection.headers
    if not ours:
        words = phrased(
            "this was not sent by the page itself (the header {header} is missing)", header=OUR_HEADER
        )
        raise DashboardError(HTTPStatus.FORBIDDEN, DashboardReason.FOREIGN_ORIGIN, words)


def _principal(account: Account, pending: Pending | None, scopes: frozenset[str] | None = None) -> Principal:
    return Principal(
        id=account.id,
        role=Role(account.role),
        clinic_id=account.clinic_id,
        person_id=account.person_id,
        scopes=scopes,
        pending=pending,
    )
