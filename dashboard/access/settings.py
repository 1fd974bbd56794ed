"""Settings of accounts, a part of the dashboard's settings, and the rules that keep them safe."""

import ipaddress
import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from tempoband.identity.errors import IdentityError, IdentityReason
from tempoband.identity.keys import Keyring, new_key

_SECRET_FILE = "secret.key"  # noqa: S105 - a file's name
_WIDEST_TRUST = 1024  # addresses


class AccessSettings(BaseSettings):
    """Whether accounts are asked for, what protects them, and how long a log-in lasts."""

    accounts: bool = Field(default=False, description="Whether everybody has to log in.")
    clinic_name: str = Field(default="", max_length=200, description="What people read above the log-in.")
    secret: SecretStr = Field(
        default=SecretStr(""),
        description="Protects codes and authenticators; empty: made at the first start, kept in data_dir.",
    )
    public_url: str = Field(default="", description="Address in links and QR codes; its name is answered.")
    tls_certificate: Path | None = Field(
        default=None, description="PEM file: the certificate with its chain."
    )
    tls_key: Path | None = Field(default=None, description="PEM file: the certificate's key.")
    trusted_proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses of reverse proxies that end TLS in front; nobody else is believed about"
        " who asks.",
    )
    staff_idle_min: float = Field(default=30.0, gt=0, le=24 * 60, description="Staff: log off after.")
    staff_longest_h: float = Field(default=12.0, gt=0, le=24 * 30, description="Staff: log off in any case.")
    wearer_idle_days: float = Field(default=90.0, gt=0, le=400, description="A wearer's device: unused.")
    wearer_longest_days: float = Field(default=365.0, gt=0, le=400, description="A wearer's device: at most.")

    @field_validator("trusted_proxies")
    @classmethod
    def _few(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for each in given:
            try:
                network = ipaddress.ip_network(each)
            except ValueError as error:
                raise ValueError(f"{each!r} is no address or network, such as 127.0.0.1") from error
            if network.num_addresses > _WIDEST_TRUST:
                raise ValueError(f"{each} trusts too many: name the proxy's own address")
        return given

    @field_validator("public_url")
    @classmethod
    def _origin(cls, given: str) -> str:
        parts = urlsplit(given)
        if given and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/")):
            raise ValueError("write the address as browsers show it, such as https://clinic.example")
        return given.rstrip("/")

    @field_validator("secret")
    @classmethod
    def _strong(cls, given: SecretStr) -> SecretStr:
        if given.get_secret_value():
            try:
                Keyring(given.get_secret_value())
            except IdentityError as error:
                raise ValueError(error.detail) from error
        return given

    @property
    def public_host(self) -> str:
        """The name in ``public_url``; empty when there is none."""
        return urlsplit(self.public_url).hostname or ""


def unsafe(settings: AccessSettings, *, loopback: bool) -> str | None:
    """Why it must not start like this, in words; None when it may."""
    wrong = _wrong(settings)
    if wrong is not None or loopback:
        return wrong
    if not settings.accounts:
        return (
            "everybody who reaches this address would see everything: set accounts to true, or use 127.0.0.1"
        )
    if settings.tls_certificate is None and not settings.trusted_proxies:
        return "passwords would travel readable: give tls_certificate and tls_key, or trusted_proxies"
    if not settings.public_url.startswith("https://"):
        return "give public_url, the https address under which browsers reach it"
    return None


def _wrong(settings: AccessSettings) -> str | None:
    pair = (settings.tls_certificate, settings.tls_key)
    if pair.count(None) == 1:
        return "TLS needs both tls_certificate and tls_key"
    missing = [each for each in pair if each is not None and not each.is_file()]
    if missing:
        return f"there is no file {missing[0]}"
    if settings.trusted_proxies and not settings.accounts:
        return "behind a reverse proxy everybody can ask: set accounts to true"
    return None


def keyring(settings: AccessSettings, data_dir: Path) -> Keyring:
    """The keys made of the server's secret, which is made at the first start when none is given.

    Raises:
        IdentityError: WEAK_SECRET, also when others on this machine can read the kept one, or nobody can.
    """
    given, path = settings.secret.get_secret_value(), data_dir / _SECRET_FILE
    try:
        return Keyring(given or _kept(path))
    except (OSError, UnicodeDecodeError) as error:
        why = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else "no text"
        words = (
            f"the server's secret {path} cannot be read or made: {why}; it has to be a file of this account"
        )
        raise IdentityError(IdentityReason.WEAK_SECRET, words) from error


def _kept(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            words = f"others on this machine can read {path}: chmod 600 it, and replace it if they did"
            raise IdentityError(IdentityReason.WEAK_SECRET, words) from None
        secret = path.read_text().strip()
        if not secret:
            words = f"{path} is empty: put it back from a backup, or delete it and set up authenticators anew"
            raise IdentityError(IdentityReason.WEAK_SECRET, words) from None
        return secret
    with os.fdopen(descriptor, "w") as file:
        secret = new_key()
        file.write(secret + "\n")
    return secret
