"""What the routes of accounts say and hear."""

from typing import Annotated

from pydantic import Field, StringConstraints

from dashboard.models import In, Name, Out
from tempoband.identity.passwords import LONGEST
from tempoband.identity.permissions import Action
from tempoband.identity.principal import Pending, Role

# Not trimmed: a space at the end of a password is a part of it.
Password = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
LoginName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x20\x7f]+$"),
]
Code = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32, pattern=r"^[ -~]*$")
]
InviteKey = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[ -~]*$")
]


class MeOut(Out):
    """Who is asking, and what they may do: the page shows nothing else.

    ``accounts`` is false where no account is asked (one's own machine); ``pending`` is what has to be done
    before anything else.
    """

    id: str
    role: Role
    name: str | None
    clinic_id: str
    clinic: str
    person_id: str | None
    actions: list[Action]
    pending: Pending | None
    accounts: bool
    login: str | None = None
    second_factor: bool = False
    recovery_codes_left: int = 0
    idle_s: float | None = None


class LoginIn(In):
    """Log-in name and password."""

    login: LoginName
    password: Password


class CodeIn(In):
    """Six digits of the authenticator, or a recovery code."""

    code: Code


class QrOut(Out):
    """A QR code as an SVG path of unit squares; ``size`` squares wide, quiet zone included."""

    size: int
    path: str


class SecondFactorOut(Out):
    """A seed to take into an authenticator; it counts once a code confirms it."""

    seed: str
    address: str
    qr: QrOut


class RecoveryOut(Out):
    """Recovery codes, shown once."""

    codes: list[str]


class PasswordIn(In):
    """Another password."""

    old: Password
    new: Password


class SessionOut(Out):
    """A browser that is logged in."""

    id: str
    agent: str
    created_us: int
    seen_us: int
    expires_us: int
    current: bool


class TokenIn(In):
    """A program's token to make: what it may do, and for how long."""

    name: Name
    actions: Annotated[list[Action], Field(min_length=1, max_length=len(Action))]
    days: Annotated[int, Field(ge=1, le=365)] = 90


class TokenOut(Out):
    """A program's token, without its key."""

    id: str
    name: str
    actions: list[str]
    created_us: int
    used_us: int | None
    expires_us: int


class NewTokenOut(TokenOut):
    """The one time the key is shown."""

    key: str
