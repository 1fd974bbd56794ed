"""Where the broker is and how to get in."""

import ssl
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from tempoband.messaging.errors import MessagingError, MessagingReason


class MqttSettings(BaseModel):
    """Connection to an MQTT broker. ``path`` matters for websockets only."""

    model_config = ConfigDict(frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    transport: Literal["tcp", "websockets"] = "tcp"
    path: str = "/mqtt"
    protocol: Literal["3.1.1", "5"] = "3.1.1"
    keepalive_s: int = Field(default=20, ge=5, le=3600)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.password is not None and self.username is None:
            raise ValueError("a password without a username: set both")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: set both or none")
        if not self.tls and (self.ca_file or self.cert_file):
            raise ValueError("certificates are set but tls is off: set tls = true")
        return self

    def __str__(self) -> str:
        """The address without credentials, for logs and messages."""
        scheme = {"tcp": "mqtt", "websockets": "ws"}[self.transport] + ("s" if self.tls else "")
        return f"{scheme}://{self.host}:{self.port}{self.path if self.transport == 'websockets' else ''}"

    def tls_context(self) -> ssl.SSLContext | None:
        """A verifying TLS context, or None without TLS.

        Raises:
            MessagingError: a certificate file cannot be read.
        """
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file)
        except OSError as error:  # ssl.SSLError is one too
            raise MessagingError(MessagingReason.TLS, f"cannot load the TLS certificates: {error}") from error
        return context
