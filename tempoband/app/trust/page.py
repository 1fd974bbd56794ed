"""Serves the steps to trust this machine, in the reader's language and with their own system first.

The authority's certificate is public, and nothing else is handed out here. Plain HTTP can be changed on its
way: that is why the fingerprint is compared with the one in the terminal.
"""

import html
import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Final

import segno
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from tempoband.identity.local_ca import Certified

CERTIFICATE: Final = "tempoband-home.crt"
LANGUAGES: Final = ("en", "de")
SYSTEMS: Final = ("ios", "android", "windows", "mac", "linux")
_HERE: Final = Path(__file__).parent
_PAGES: Final = MappingProxyType(
    {each: Template((_HERE / f"trust.{each}.html").read_text("utf-8")) for each in LANGUAGES}
)
_STYLE: Final = (_HERE / "trust.css").read_text("utf-8")
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
# Order matters: Android names Linux too, an iPad of today says it is a Mac.
_SIGNS: Final = (
    ("iPhone", "ios"),
    ("iPad", "ios"),
    ("Android", "android"),
    ("Windows", "windows"),
    ("Mac OS X", "mac"),
    ("Linux", "linux"),
)


def trust_page(ca: Certified, page_port: int) -> Starlette:
    """The application; links lead to the page at the name under which this one was opened."""

    def steps(request: Request) -> Response:
        language = _language(request)
        system = _system(request.headers.get("user-agent", ""))
        page = f"https://{_asked(request.headers, ca)}:{page_port}/"
        opened = {f"open_{each}": "open" if each == system else "" for each in SYSTEMS}
        text = _PAGES[language].substitute(
            opened, page=html.escape(page), fingerprint=_rows(ca.fingerprint), certificate=CERTIFICATE
        )
        return HTMLResponse(text, headers=_HEADERS | {"content-language": language})

    def certificate(_: Request) -> Response:
        kind = "application/x-x509-ca-cert"
        return FileResponse(ca.ca, media_type=kind, filename=CERTIFICATE, headers=_HEADERS)

    def style(_: Request) -> Response:
        return Response(_STYLE, media_type="text/css", headers=_HEADERS)

    return Starlette(
        routes=[Route("/", steps), Route(f"/{CERTIFICATE}", certificate), Route("/trust.css", style)]
    )


def qr_lines(address: str) -> Sequence[str]:
    """A QR code of an address, for the terminal."""
    drawn = StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True)
    return drawn.getvalue().splitlines()


def _language(request: Request) -> str:
    accepted = request.headers.get("accept-language", "").split(",")
    wanted = [each.strip()[:2].lower() for each in (request.query_params.get("lang", ""), *accepted)]
    known = [each for each in wanted if each in LANGUAGES]
    return known[0] if known else LANGUAGES[0]


def _system(agent: str) -> str:
    return next((system for sign, system in _SIGNS if sign in agent), "")


def _asked(headers: Headers, ca: Certified) -> str:
    """The name in the address bar, where the certificate is for it; else the best one for phones."""
    host = re.sub(r":\d+$", "", headers.get("host", ""))
    return host if host in ca.names else ca.names[0]


def _rows(fingerprint: str) -> str:
    """Eight pairs a row, so that eyes do not lose their place."""
    pairs = fingerprint.split(":")
    return "".join(f"<span>{' '.join(pairs[at : at + 8])}</span>" for at in range(0, len(pairs), 8))
