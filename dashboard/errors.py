"""What the dashboard itself refuses: the one exception root, reasons as an enum."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

from tempoband.words.phrases import Phrase, phrased


class DashboardReason(StrEnum):
    """Why the dashboard itself refused."""

    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    INVALID = "invalid"
    FOREIGN_HOST = "foreign_host"
    FOREIGN_ORIGIN = "foreign_origin"
    TOO_LARGE = "too_large"
    NOT_CONNECTED = "not_connected"
    NO_ANSWER = "no_answer"
    LOG_IN = "log_in"
    REFUSED = "refused"  # a password, a code or a link that is not good
    SECOND_FACTOR = "second_factor"
    SECOND_FACTOR_SETUP = "second_factor_setup"
    CONSENT = "consent"
    NO_ACCOUNTS = "no_accounts"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    HTTPS_NEEDED = "https_needed"
    FAILED = "failed"


class DashboardError(Exception):
    """A request that is refused; the words are for the person who asked, ``detail`` is English."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: DashboardReason,
        words: Phrase | str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.words = words if isinstance(words, Phrase) else Phrase(words)
        self.detail = str(self.words)
        super().__init__(self.detail)
        self.status = status
        self.reason = reason
        self.headers = headers


def not_found(what: str, name: str) -> DashboardError:
    """What is not there, or is not the asker's to see: the two must not be told apart."""
    words = phrased("there is no {what:thing} {name!r}", what=what, name=name)
    return DashboardError(HTTPStatus.NOT_FOUND, DashboardReason.NOT_FOUND, words)


def invalid(words: Phrase | str) -> DashboardError:
    """A request that makes no sense."""
    return DashboardError(HTTPStatus.UNPROCESSABLE_ENTITY, DashboardReason.INVALID, words)
