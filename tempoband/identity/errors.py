"""The one exception root of identity, reasons as an enum."""

from enum import StrEnum

from tempoband.words.phrases import Phrase


class IdentityReason(StrEnum):
    """Why a credential or a setting was refused."""

    WEAK_PASSWORD = "weak_password"  # noqa: S105 - a reason, not a password
    WEAK_SECRET = "weak_secret"  # noqa: S105 - a reason, not a secret


class IdentityError(Exception):
    """Refused; the words are for the person who asked, ``detail`` is English."""

    def __init__(self, reason: IdentityReason, words: Phrase | str) -> None:
        self.words = words if isinstance(words, Phrase) else Phrase(words)
        self.detail = str(self.words)
        super().__init__(self.detail)
        self.reason = reason
