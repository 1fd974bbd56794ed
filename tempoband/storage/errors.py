"""The one exception root of storage, reasons as an enum."""

from enum import StrEnum


class StorageReason(StrEnum):
    """What went wrong, for code that must tell apart."""

    LOCKED = "locked"  # another writer holds the data directory
    UNAVAILABLE = "unavailable"  # away for now: try again
    FULL = "full"  # no space left
    CORRUPT = "corrupt"
    DENIED = "denied"
    MISCONFIGURED = "misconfigured"
    TOO_NEW = "too_new"  # written by a newer version


class StorageError(Exception):
    """A store could not do what was asked; nothing of the failed call was kept."""

    def __init__(self, reason: StorageReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
