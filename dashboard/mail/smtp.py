"""Sending mail: one message, one connection, the password never shown."""

import smtplib
import socket
import ssl
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from tempoband.contracts.hosts import is_loopback
from tempoband.words.phrases import phrased

_TIMEOUT_S = 20.0


class Security(StrEnum):
    """How the way to the mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"  # only for a server on this machine


class SmtpSettings(BaseModel):
    """The mail server: ``TEMPOBAND_DASHBOARD_SMTP__HOST`` and so on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="", description="Mail server; empty: no mail is sent.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Security = Field(default=Security.STARTTLS, description="starttls, tls or none.")
    username: str = Field(default="", description="Account at the server; empty: none is needed.")
    password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    sender: str = Field(default="", description="Address that the mails come from.")
    authority: Path | None = Field(
        default=None, description="File of the authority that signed its certificate, where it is your own."
    )


class MailError(Exception):
    """A mail could not be sent; the words are for the person who set it up."""


def compose(settings: SmtpSettings, to: tuple[str, ...], subject: str, body: str) -> EmailMessage:
    """A plain mail; receivers do not see each other."""
    message = EmailMessage()
    message["From"] = settings.sender or settings.username
    message["To"] = "undisclosed-recipients:;"  # RFC 5322, 3.4: a group of nobody
    message["Bcc"] = ", ".join(to)
    message["Subject"] = subject
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(body)
    return message


def send(settings: SmtpSettings, message: EmailMessage) -> None:
    """Send a mail; blocks.

    Raises:
        MailError: what the server said.
    """
    if not settings.host:
        raise MailError("no mail server is set up: give TEMPOBAND_DASHBOARD_SMTP__HOST and the sender")
    if settings.security is Security.NONE and settings.username and not is_loopback(settings.host):
        words = "the password would go to {host} in the clear: use starttls or tls"
        raise MailError(phrased(words, host=settings.host))
    try:
        with _connected(settings) as server:
            if settings.username:
                server.login(settings.username, settings.password.get_secret_value())
            server.send_message(message, to_addrs=[each.addr_spec for each in message["Bcc"].addresses])
    except (OSError, smtplib.SMTPException) as error:
        words = "the mail server {host} did not take the mail: {why}"
        raise MailError(phrased(words, host=settings.host, why=_words(error, settings))) from error


def _connected(settings: SmtpSettings) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=settings.authority)
    if settings.security is Security.TLS:
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=_TIMEOUT_S, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=_TIMEOUT_S)
    if settings.security is Security.STARTTLS:
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _words(error: Exception, settings: SmtpSettings) -> str:
    """What happened and what to do, without the addresses that an SMTP error quotes."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"it refused the account or its password ({error.smtp_code}); some want a password per app"
        case smtplib.SMTPResponseException():
            return f"{error.smtp_code} {error.smtp_error!r}"
        case smtplib.SMTPRecipientsRefused():
            codes = sorted({str(code) for code, _ in error.recipients.values()})
            return f"it refused a receiver ({', '.join(codes)})"
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            return f"it offers no encryption on port {settings.port}; tls usually is on port 465"
        case smtplib.SMTPNotSupportedError() if "AUTH" in str(error):
            return "it asks for no account here: leave the user name empty, or use another port"
        case _:
            return _of_the_line(error, settings)


def _of_the_line(error: Exception, settings: SmtpSettings) -> str:
    """What went wrong before the server could say anything."""
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not to be trusted ({error.verify_message}); where the authority is your"
                " own, give its file as TEMPOBAND_DASHBOARD_SMTP__AUTHORITY"
            )
        case socket.gaierror():
            return "there is no server of that name"
        case TimeoutError():
            return f"no answer on port {settings.port} within {_TIMEOUT_S:g} s"
        case ConnectionRefusedError():
            return f"nothing answers on port {settings.port}"
        case ssl.SSLError() | smtplib.SMTPServerDisconnected():
            return "no private line came about: port 587 usually wants starttls, port 465 tls"
        case _:
            return str(error) or type(error).__name__
