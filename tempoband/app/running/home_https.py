"""HTTPS at home: opens the page to phones in the same network, with a certificate that stays good."""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from tempoband.app.errors import AppError, AppReason
from tempoband.app.running.web_server import LOOK_EVERY_S, take_in
from tempoband.identity.local_ca import Certified, certify, is_local

FOLDER = "tls"
_NOWHERE = "192.0.2.1"  # documentation's own address: asked for a way out, nothing is sent
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenHome:
    """How the page is served to the network at home; ``ca`` is None with a certificate of one's own.

    Attributes:
        names: what the certificate is for; the best one for phones first.
        asked: the name that was asked for, if any.
        trust_port: where phones read how to trust it; 0: nowhere.
    """

    names: tuple[str, ...]
    certificate: Path
    key: Path
    ca: Certified | None = None
    asked: str = ""
    trust_port: int = 0


def open_home(data_dir: Path, certificate: Path | None, key: Path | None, name: str) -> OpenHome:
    """A given certificate with the name it is for, or one of this machine's own authority.

    Raises:
        AppError: half a certificate was given, or one that does not fit, or none can be made.
    """
    if (certificate is None) != (key is None) or (certificate is not None and not name):
        raise AppError(
            AppReason.BAD_SETTING, "a certificate of your own needs --certificate, --key and --name"
        )
    if certificate is not None and key is not None:
        _check_pair(certificate, key)
        return OpenHome((name,), certificate, key)
    made = _certify(data_dir, name)
    if name and name not in made.names:
        words = (
            f"the authority of this home does not cover {name}: delete {data_dir / FOLDER} to have a new one,"
            " which every phone then has to trust anew"
        )
        raise AppError(AppReason.BAD_SETTING, words)
    return OpenHome(made.names, made.certificate, made.key, made, asked=name)


def _check_pair(certificate: Path, key: Path) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        words = f"{certificate} and {key} are no certificate with its key: {error.strerror or error}"
        raise AppError(AppReason.BAD_SETTING, words) from error


def _certify(data_dir: Path, asked: str) -> Certified:
    names = tuple(dict.fromkeys((asked, *local_names()) if asked else local_names()))
    try:
        return certify(data_dir / FOLDER, names)
    except (OSError, ValueError) as error:
        raise AppError(AppReason.BAD_SETTING, f"no certificate can be made: {error}") from error


def local_names() -> tuple[str, ...]:
    """The address and names under which this machine is found at home; the best one for phones first."""
    host = re.sub(r"[^a-z0-9-]+", "-", socket.gethostname().partition(".")[0].lower()).strip("-")
    found = [*_lan_address(), f"{host or 'tempoband'}.local", host, "localhost", "127.0.0.1"]
    return tuple(dict.fromkeys(name for name in found if name and is_local(name)))


def _lan_address() -> list[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_NOWHERE, 9))
        except OSError:
            return []
        return [str(probe.getsockname()[0])]


async def keep_certificate(
    opened: OpenHome, data_dir: Path, tls: ssl.SSLContext, moved: Callable[[str], None]
) -> None:
    """Take in a new address of this machine and renew in time, while phones stay connected.

    Args:
        opened: how the page was opened, with this machine's own authority.
        data_dir: where the authority lies.
        tls: what the server hands out; the next connection gets the new certificate.
        moved: told the address when another one is the best for phones.
    """
    served, first = opened.certificate.read_bytes(), opened.names[0]
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            made = await asyncio.to_thread(_certify, data_dir, opened.asked)
            now = made.certificate.read_bytes()
            if now != served:
                take_in(tls, made.certificate, made.key)
                served = now
                log.info("certificate_renewed")
        except (AppError, OSError) as error:  # the disk is full: what is served is still good for weeks
            log.warning("certificate_not_renewed", why=str(error))
            continue
        if made.names[0] != first:
            first = made.names[0]
            moved(first)
