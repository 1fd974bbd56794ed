"""The one exception root of identity, reasons as an enum."""

from enum import StrEnum


class IdentityReason(StrEnum):
    """Why a credential or a setting was refused."""

    WEAK_PASSWORD = "weak_password"  # noqa: S105 - a reason, not a password
    WEAK_SECRET = "weak_secret"  # noqa: S105 - a reason, not a secret


class IdentityError(Exception):
    """Refused; the detail is a sentence for the person who asked."""

    def __init__(self, reason: IdentityReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
