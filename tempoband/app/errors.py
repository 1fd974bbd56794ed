"""The one exception root of the application, reasons as an enum."""

from enum import StrEnum


class AppReason(StrEnum):
    """What stopped the command."""

    PORT_TAKEN = "port_taken"
    BAD_FILE = "bad_file"
    BAD_SETTING = "bad_setting"
    NO_BLUETOOTH = "no_bluetooth"
    CLINIC = "clinic"  # it cannot be reached, or does not let this home in
    MISSING_PART = "missing_part"  # an extra is not installed


class AppError(Exception):
    """Shown to the user as it is: it says what was wrong, where, and what to do."""

    def __init__(self, reason: AppReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
