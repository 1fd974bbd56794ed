"""The one exception root of ingest, reasons as an enum."""

from enum import StrEnum


class IngestReason(StrEnum):
    """Why ingest cannot work."""

    REGISTER = "register"  # its own register of dead letters and streams cannot be written


class IngestError(Exception):
    """Ingest cannot work; the message says what to do."""

    def __init__(self, reason: IngestReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
