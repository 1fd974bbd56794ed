"""HTTPS at home: opens the page to phones in the same network, and shows them how to trust this machine.

Phones keep the screen awake, install the page and run its worker over HTTPS only. The authority's certificate
is public: it is handed out over plain HTTP, with its fingerprint in the terminal to compare. Nothing else is.
"""

import html
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import segno
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from tempoband.app.errors import AppError, AppReason
from tempoband.identity.local_ca import Certified, certify, is_local

FOLDER = "tls"
_NOWHERE = "192.0.2.1"  # documentation's own address: asked for a way out, nothing is sent
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_STEPS = """<h2>iPhone, iPad</h2><ol>
<li><a href="/tempoband-home.crt">Load the certificate</a> and allow the profile.</li>
<li>Settings, General, VPN &amp; Device Management: open the profile, Install.</li>
<li>Settings, General, About, Certificate Trust Settings: switch it on.</li></ol>
<h2>Android</h2><ol>
<li><a href="/tempoband-home.crt">Load the certificate</a>.</li>
<li>Settings, Security, More, Encryption &amp; credentials, Install a certificate, CA certificate:
choose the file. The warning is right about certificates in general; this one can vouch for addresses at home
only.</li></ol>"""


@dataclass(frozen=True, slots=True)
class OpenHome:
    """How the page is served to the network at home; ``ca`` is None with a certificate of one's own."""

    names: tuple[str, ...]
    certificate: Path
    key: Path
    ca: Certified | None = None


def open_home(data_dir: Path, certificate: Path | None, key: Path | None, name: str) -> OpenHome:
    """A given certificate with the name it is for, or one of this machine's own authority.

    Raises:
        AppError: half a certificate was given, or none can be made.
    """
    if (certificate is None) != (key is None) or (certificate is not None and not name):
        raise AppError(
            AppReason.BAD_SETTING, "a certificate of your own needs --certificate, --key and --name"
        )
    if certificate is not None and key is not None:
        return OpenHome((name,), certificate, key)
    names = (name, *local_names()) if name else local_names()
    try:
        made = certify(data_dir / FOLDER, names)
    except (OSError, ValueError) as error:
        raise AppError(AppReason.BAD_SETTING, f"no certificate can be made: {error}") from error
    return OpenHome(names, made.certificate, made.key, made)


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


def trust_page(ca: Certified, page_url: str) -> Starlette:
    """The steps and the authority's certificate: all that is served without HTTPS."""

    def steps(_: Request) -> Response:
        text = (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><title>Trust tempoband at home</title>'
            "<style>body{font:17px/1.5 system-ui;max-width:36em;margin:2em auto;padding:0 1em}"
            "code{word-break:break-all}</style><h1>Trust tempoband at home</h1>"
            "<p>Once per phone. Then the page keeps the screen awake, can be installed, and sounds.</p>"
            f"{_STEPS}<h2>Then</h2><p><a href='{html.escape(page_url)}'>{html.escape(page_url)}</a></p>"
            "<p>The certificate's SHA-256, as the terminal shows it:<br>"
            f"<code>{ca.fingerprint}</code></p></html>"
        )
        return HTMLResponse(text, headers=_HEADERS)

    def certificate(_: Request) -> Response:
        return FileResponse(
            ca.ca, media_type="application/x-x509-ca-cert", filename="tempoband-home.crt", headers=_HEADERS
        )

    return Starlette(routes=[Route("/", steps), Route("/tempoband-home.crt", certificate)])


def qr_lines(address: str) -> Sequence[str]:
    """A QR code of an address, for the terminal."""
    drawn = StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True)
    return drawn.getvalue().splitlines()
