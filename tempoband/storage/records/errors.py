"""What a repository refuses, apart from a database that is away (that is a StorageError)."""

from enum import StrEnum


class RecordsReason(StrEnum):
    """Why a repository refused, for code that must tell apart."""

    NOT_FOUND = "not_found"  # also for rows of another clinic: their existence is not told
    CONFLICT = "conflict"
    INVALID = "invalid"


class RecordsError(Exception):
    """A repository refused; nothing of the call was kept. The detail is a sentence for a person."""

    def __init__(self, reason: RecordsReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def not_found(what: str, name: str) -> RecordsError:
    """The error for a row that is not there, or not this clinic's."""
    return RecordsError(RecordsReason.NOT_FOUND, f"there is no {what} {name!r}")


def conflict(detail: str) -> RecordsError:
    """The error for a change that another row forbids."""
    return RecordsError(RecordsReason.CONFLICT, detail)


def invalid(detail: str) -> RecordsError:
    """The error for values that cannot be kept."""
    return RecordsError(RecordsReason.INVALID, detail)
