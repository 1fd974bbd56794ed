"""What every request meets first: who may ask from where, how much, and under which page rules."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.errors import DashboardReason
from dashboard.problems import WS_REFUSED, problem
from tempoband.contracts.hosts import is_address, is_loopback
from tempoband.words.phrases import Phrase, phrased

MAX_BODY_BYTES = 1024 * 1024
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# What proxies add: without accounts nobody behind one may ask, however near the proxy itself is.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; media-src 'self'; worker-src 'self'; manifest-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_STRICT_TRANSPORT = "max-age=31536000"
_HEADERS = {
    "content-security-policy": _CONTENT_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), screen-wake-lock=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """ASGI middleware, outermost but for the one that takes in a trusted proxy's word.

    Three things stand between the data and a foreign web page in the same browser: without accounts the peer
    is this machine, the host name is ours (else a rebound DNS name would make a foreign page same-origin),
    and whatever writes or opens a socket comes from our own origin. With accounts, other machines are
    answered too, over TLS only.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Iterable[str] = (),
        *,
        accounts: bool = False,
        https_only: str = "",
    ) -> None:
        self._app = app
        self._hosts = {host.lower() for host in allowed_hosts}
        self._accounts = accounts
        self._https_only = https_only.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with headers and a bounded body."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, _bounded(receive), _with_headers(send, self._more(scope)))
        elif scope["type"] == "websocket":
            await _refuse_socket(receive, send)
        else:
            await problem(*refusal)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[HTTPStatus, DashboardReason, Phrase | str] | None:
        headers = Headers(scope=scope)
        refusal = self._stranger(scope, headers)
        if refusal is not None:
            return refusal
        if not self._is_ours(headers.get("host", "")):
            words = "this dashboard is not known by that name: open it as http://127.0.0.1 with its port"
            return HTTPStatus.MISDIRECTED_REQUEST, DashboardReason.FOREIGN_HOST, words
        if not _same_origin(scope, headers):
            words = "another web site tried to use this dashboard; open the dashboard itself"
            return HTTPStatus.FORBIDDEN, DashboardReason.FOREIGN_ORIGIN, words
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            most = phrased("a request has at most {bytes} bytes", bytes=MAX_BODY_BYTES)
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, DashboardReason.TOO_LARGE, most
        return None

    def _stranger(self, scope: Scope, headers: Headers) -> tuple[HTTPStatus, DashboardReason, str] | None:
        client = scope.get("client")
        near = client is None or is_loopback(client[0])
        if self._accounts:
            return self._unsafe_way(scope, headers, near=near)
        if not near:
            return HTTPStatus.FORBIDDEN, DashboardReason.FORBIDDEN, "this dashboard answers this machine only"
        if any(name in headers for name in _FORWARDED):
            words = "a proxy forwards requests to here, and no account is asked: turn accounts on first"
            return HTTPStatus.FORBIDDEN, DashboardReason.FORBIDDEN, words
        return None

    @staticmethod
    def _unsafe_way(
        scope: Scope, headers: Headers, *, near: bool
    ) -> tuple[HTTPStatus, DashboardReason, str] | None:
        if scope["scheme"] in ("https", "wss"):
            return None
        if not near:
            words = "passwords and health data are sent over https only: open the https address"
            return HTTPStatus.FORBIDDEN, DashboardReason.HTTPS_NEEDED, words
        if any(name in headers for name in _FORWARDED):
            words = "a proxy that is not in trusted_proxies, or does not say https, forwards requests to here"
            return HTTPStatus.FORBIDDEN, DashboardReason.HTTPS_NEEDED, words
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        # Only names can be rebound; and the address of a machine at home changes while it runs.
        return is_loopback(name) or name in self._hosts or (self._accounts and is_address(name))

    def _more(self, scope: Scope) -> dict[str, str]:
        """Where we end TLS under a public name ourselves, browsers never ask it over plain HTTP again."""
        asked = Headers(scope=scope).get("host", "").lower().partition(":")[0]
        if self._https_only and asked == self._https_only and scope["scheme"] == "https":
            return {"strict-transport-security": _STRICT_TRANSPORT}
        return {}


def _same_origin(scope: Scope, headers: Headers) -> bool:
    if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
        return True
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:  # no browser: browsers name their origin whenever they write or open a socket
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == headers.get("host")


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > MAX_BODY_BYTES:
                return {"type": "http.disconnect"}
        return message

    return limited


def _with_headers(send: Send, more: Mapping[str, str] = MappingProxyType({})) -> Send:
    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in (*_HEADERS.items(), *more.items()):
                headers.setdefault(name, value)
        await send(message)

    return headed


async def _refuse_socket(receive: Receive, send: Send) -> None:
    await receive()  # the handshake's own message comes first
    await send({"type": "websocket.close", "code": WS_REFUSED, "reason": "refused"})
