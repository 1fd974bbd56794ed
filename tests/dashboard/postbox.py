"""A mail server that keeps what it gets."""

import email
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Postbox:
    """What a mail server took, and an answer it gives instead of taking it."""

    refusal: str = ""
    mails: list[tuple[list[str], Message]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its own name
        del server, session
        if self.refusal:
            return self.refusal
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content or b"")))
        return "250 OK"


class AnyPort(Controller):
    """A mail server on a port that the system gives."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()
