"""What the routes of accounts say and hear."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from dashboard.models import In, Name, Out, RowId
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
    token_actions: Annotated[list[Action], Field(description="what a program's token of mine may have")]


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


class NewSecondFactorIn(In):
    """A code of the authenticator that is replaced, where there is one."""

    code: Code | None = None


class InviteKeyIn(In):
    """The key of an invitation, from its link or typed."""

    key: InviteKey


class InvitationOut(Out):
    """What an invitation is for: the page asks for a code (wearers), or for a log-in name and a password.

    ``for_account`` is true where an account gets another password.
    """

    role: Role
    clinic: str
    for_account: bool


class WearerJoinIn(In):
    """A wearer's way in: key and six digits."""

    key: InviteKey
    code: Code


class StaffJoinIn(In):
    """A new account, or another password for one that is there: then ``login`` is left off."""

    key: InviteKey
    password: Password
    login: LoginName | None = None


class JoinOut(Out):
    """What the physio shows or tells a wearer: the QR code (or link) and, apart from it, the six digits."""

    key: str
    code: str
    link: str
    qr: QrOut
    expires_us: int


class DeviceOut(Out):
    """A device on which a wearer is logged in."""

    id: str
    agent: str
    created_us: int
    seen_us: int


class HeldConsentOut(Out):
    """An agreement: to which version of the text, and when."""

    version: str
    language: str
    given_us: int
    withdrawn_us: int | None
    erasure_asked: bool


class WearerAccessOut(Out):
    """How a wearer gets in: their devices, and what they agreed to."""

    devices: list[DeviceOut]
    consent: HeldConsentOut | None


class ConsentTextOut(Out):
    """The text in one language; the first sentence of each paragraph is its heading."""

    language: str
    paragraphs: tuple[str, ...]


class ConsentOut(Out):
    """The text to agree to, and what was agreed to before."""

    version: str
    texts: list[ConsentTextOut]
    held: HeldConsentOut | None


class ConsentIn(In):
    """The version and language that was read."""

    version: RowId
    language: RowId


class LeaveIn(In):
    """Whether the clinic is asked to erase everything."""

    erase: bool = False


class StaffInviteIn(In):
    """Somebody to invite."""

    name: Name
    role: Literal[Role.PHYSIO, Role.CLINIC_ADMIN]


class LinkOut(Out):
    """A one-time link, shown once: hand it over yourself."""

    link: str
    expires_us: int


class StaffOut(Out):
    """Somebody of the clinic's staff."""

    id: str
    name: str
    login: str | None
    role: Role
    second_factor: bool
    disabled: bool
    created_us: int
    me: bool


class StaffInvitationOut(Out):
    """An invitation that waits."""

    id: str
    name: str | None
    role: Role
    for_account: bool
    created_us: int
    expires_us: int


class StaffListOut(Out):
    """Everybody who works here, and who is invited."""

    staff: list[StaffOut]
    invitations: list[StaffInvitationOut]


class StaffEdit(In):
    """Whether an account may log in."""

    disabled: bool


class ClinicIn(In):
    """A clinic to make; days are counted in its time zone."""

    name: Name
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "UTC"


class ClinicOut(Out):
    """A clinic."""

    id: str
    name: str
    time_zone: str
    created_us: int


class NewClinicOut(ClinicOut):
    """A new clinic, with the link for its first administrator."""

    admin: LinkOut
