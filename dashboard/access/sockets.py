"""Sockets end with the session that opened them: wrap what a socket does in these two."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.websockets import WebSocket

from dashboard.access.access import Access
from dashboard.access.known import Known
from dashboard.caller import KNOWN

LOGGED_OFF = 4401


@contextmanager
def logged_in(access: Access | None, websocket: WebSocket) -> Iterator[asyncio.Event]:
    """An event that is set once the session is over; never where no account is asked."""
    known = websocket.scope.get(KNOWN)
    if access is None or not isinstance(known, Known):
        yield asyncio.Event()
        return
    with access.watch.following(known.credential_id) as ended:
        yield ended


async def log_off(websocket: WebSocket, ended: asyncio.Event) -> None:
    """Close the socket when that happens; run beside what the socket does."""
    await ended.wait()
    await websocket.close(LOGGED_OFF, "logged off")
