"""The session's cookie: no script reads it, no other site sends it, under TLS no other host sets it."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

_NAME = "tempoband"
_SECURE = ("https", "wss")


def read(connection: HTTPConnection) -> str | None:
    """The key in the cookie."""
    return connection.cookies.get(_name(connection))


def put(connection: HTTPConnection, response: Response, key: str, *, lasts_s: float) -> None:
    """Give the browser a key."""
    _set(connection, response, key, round(lasts_s))
    response.headers["cache-control"] = "no-store"


def drop(connection: HTTPConnection, response: Response) -> None:
    """Take it away again."""
    _set(connection, response, "", 0)


def _set(connection: HTTPConnection, response: Response, key: str, lasts_s: int) -> None:
    secure = connection.url.scheme in _SECURE
    response.set_cookie(
        _name(connection), key, max_age=lasts_s, path="/", secure=secure, httponly=True, samesite="strict"
    )


def _name(connection: HTTPConnection) -> str:
    # Browsers accept "__Host-" only with Secure, the whole path and no domain: nobody else can set it.
    return f"__Host-{_NAME}" if connection.url.scheme in _SECURE else _NAME
