"""The one exception root of the link between homes and clinics, reasons as an enum."""

from enum import StrEnum


class UplinkReason(StrEnum):
    """What went wrong, for code that must tell apart."""

    BAD_URL = "bad_url"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # a wrong or used code, or too many of them
    PAIRED_ALREADY = "paired_already"
    BAD_FILE = "bad_file"


class UplinkError(Exception):
    """Home and clinic could not come together; the message is a sentence for people."""

    def __init__(self, reason: UplinkReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
