"""A dashboard that asks for accounts, and people who use it like browsers do."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import pyotp
from fastapi import FastAPI

from dashboard.access.access import Access
from dashboard.access.consent_text import TEXTS
from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity.passwords import hashed
from tempoband.identity.principal import Role
from tempoband.storage.records import accounts, consents, people
from tempoband.storage.records.accounts import Account

PASSWORD = "four plain words here"  # noqa: S105 - nobody's
PAGE = {"x-tempoband": "1"}
NOW_US = 1_795_270_000_000_000
SECRET = "3f9c2b71d05e84a6f1b7c93d2e60a85b"  # noqa: S105 - nobody's


@dataclass
class Clock:
    """The time, as the test wants it."""

    now_us: int = NOW_US

    def __call__(self) -> int:
        return self.now_us

    def pass_s(self, seconds: float) -> None:
        self.now_us += round(seconds * 1e6)


@dataclass
class House:
    """A dashboard with accounts on virtual time."""

    app: FastAPI
    base: str = "https://clinic.example"
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.access.doorman.clock = self.clock

    @property
    def services(self) -> Services:
        return self.app.state.services

    @property
    def access(self) -> Access:
        found = self.services.access
        assert found is not None
        return found

    def browser(self, address: str = "203.0.113.7", **headers: str) -> httpx.AsyncClient:
        """A browser of our page, somewhere on the internet."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 40000))
        return httpx.AsyncClient(transport=transport, base_url=self.base, headers={**PAGE, **headers})

    def hire(
        self, role: Role, login: str, *, clinic: str = LOCAL_CLINIC, second_factor: bool = True
    ) -> Account:
        """Somebody of the staff, with an authenticator."""
        with self.services.records.write() as session:
            made = accounts.add(
                session,
                clinic,
                role=role,
                name=login.title(),
                login=login,
                password_hash=hashed(PASSWORD),
                now_us=NOW_US,
            )
            if second_factor:
                accounts.offer_seed(session, clinic, made.id, self.access.keyring.seal(seed(login)))
                accounts.confirm_seed(session, clinic, made.id, step=0, code_digests=[])
        return made

    def wearer(self, name: str = "Ada", *, clinic: str = LOCAL_CLINIC, consent: bool = True) -> Account:
        """A wearer with an account that has no device yet."""
        with self.services.records.write() as session:
            person = people.add(session, clinic, name, now_us=NOW_US)
            made = accounts.add(
                session, clinic, role=Role.WEARER, name=name, person_id=person.id, now_us=NOW_US
            )
            if consent:
                self.agree(session, clinic, person.id)
        return made

    def agree(self, session: Any, clinic: str, person_id: str) -> None:
        text = TEXTS["en"]
        consents.give(
            session,
            clinic,
            person_id,
            version=text.version,
            language=text.language,
            text_sha256=text.sha256,
            now_us=self.clock.now_us,
        )

    async def log_in(self, browser: httpx.AsyncClient, login: str, *, second_factor: bool = True) -> None:
        answer = await browser.post("/api/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 204, answer.text
        if second_factor:
            answer = await browser.post("/api/session/second-factor", json={"code": self.code(login)})
            assert answer.status_code == 204, answer.text

    def code(self, login: str) -> str:
        """What the authenticator shows now; a moment later, so that no code is used twice."""
        self.clock.pass_s(30)
        return pyotp.TOTP(seed(login)).at(self.clock.now_us // 1_000_000)


@cache
def seed(login: str) -> str:
    """A seed of one's own for everybody."""
    del login
    return pyotp.random_base32()
