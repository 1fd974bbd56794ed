"""The one exception root of messaging, reasons as an enum."""

from enum import StrEnum


class MessagingReason(StrEnum):
    """What went wrong, for code that must tell apart."""

    NOT_CONNECTED = "not_connected"
    WINDOW_FULL = "window_full"  # more unacknowledged publications than MQTT can name
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TLS = "tls"
    PORT_TAKEN = "port_taken"
    MISCONFIGURED = "misconfigured"


class MessagingError(Exception):
    """The broker or the link could not do what was asked; the message is a sentence for people."""

    def __init__(self, reason: MessagingReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class NotConnected(MessagingError):  # noqa: N818 - a state, named as callers speak of it
    """Nothing was sent: there is no connection, or it went away before the acknowledgement."""

    def __init__(self, detail: str = "not connected to the broker") -> None:
        super().__init__(MessagingReason.NOT_CONNECTED, detail)
