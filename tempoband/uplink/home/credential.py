"""What a home keeps of its clinic: one file in its data folder, readable by its owner only."""

import json
import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from tempoband.messaging.settings import MqttSettings
from tempoband.uplink.errors import UplinkError, UplinkReason

FILE = "clinic.json"
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "mqtt": 1883, "mqtts": 8883}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ClinicCredential(BaseModel):
    """Where the clinic is, and who this home is to it. ``ca_file`` is that of a clinic with its own CA."""

    model_config = ConfigDict(frozen=True)

    url: str
    home: str
    secret: SecretStr
    clinic_name: str
    mqtt_url: str = ""
    ca_file: Path | None = None

    def mqtt(self) -> MqttSettings:
        """The way to the clinic's broker: websockets at its pages' address, unless it said otherwise."""
        return mqtt_settings(self.mqtt_url or self.url, self.home, self.secret, self.ca_file)


def mqtt_settings(url: str, username: str, password: SecretStr, ca_file: Path | None) -> MqttSettings:
    """Settings for ``https://``, ``wss://`` or ``mqtts://`` (without the s on this machine only).

    Raises:
        UplinkError: BAD_URL.
    """
    scheme, host, port, path = split_url(url)
    transport: Literal["tcp", "websockets"] = "tcp" if scheme.startswith("mqtt") else "websockets"
    return MqttSettings(
        host=host,
        port=port,
        username=username,
        password=password,
        tls=scheme.endswith("s"),
        ca_file=ca_file,
        transport=transport,
        path=path if scheme.startswith("ws") and path else "/mqtt",
    )


def split_url(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path) of an address.

    Raises:
        UplinkError: BAD_URL, with what to write instead; unencrypted to another machine is refused.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, host, port = urlsplit(""), "", 0
    if not host or parts.scheme not in _PORTS:
        raise UplinkError(
            UplinkReason.BAD_URL, f"{url!r} is no address of a clinic: write it as https://clinic.example"
        )
    if not parts.scheme.endswith("s") and host not in _LOOPBACK:
        raise UplinkError(
            UplinkReason.BAD_URL, f"{url!r} would send health data unencrypted: use https:// instead"
        )
    return parts.scheme, host, port, parts.path.rstrip("/")


def load(folder: Path) -> ClinicCredential | None:
    """The kept credential; None while the home is not paired.

    Raises:
        UplinkError: BAD_FILE.
    """
    path = folder / FILE
    try:
        return ClinicCredential.model_validate_json(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise UplinkError(
            UplinkReason.BAD_FILE, f"{path} cannot be read; pair this home again to make a new one"
        ) from error


def make_room(folder: Path) -> None:
    """See that a credential can be kept, before it is asked for: a code is good once.

    Raises:
        UplinkError: BAD_FILE.
    """
    draft = folder / f"{FILE}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600))
        draft.unlink()
    except OSError as error:
        words = (
            f"{folder} cannot be written to ({os.strerror(error.errno or 0).lower()}); no code was used up"
        )
        raise UplinkError(UplinkReason.BAD_FILE, words) from error


def save(folder: Path, credential: ClinicCredential) -> None:
    """Keep it, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{FILE}.new"
    kept = credential.model_dump(mode="json") | {"secret": credential.secret.get_secret_value()}
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(kept, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / FILE)
