"""Notes who saw whose data, before it is shown: what cannot be noted is not shown."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.caller import SEEN
from dashboard.privacy.looks import Looks
from dashboard.problems import problem
from tempoband.storage.errors import StorageError


class Witness:
    """ASGI middleware between the routes and the network."""

    def __init__(self, app: ASGIApp, looks: Looks) -> None:
        self._app = app
        self._looks = looks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; at the first byte of an answer, note what the route has looked at."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        answer = _Answer(self._looks, scope, receive, send)
        await self._app(scope, receive, answer.send)


@dataclass(slots=True)
class _Answer:
    looks: Looks
    scope: Scope
    receive: Receive
    forward: Send
    refused: bool = False

    async def send(self, message: Message) -> None:
        seen = self.scope.get(SEEN)
        shown = message.get("status", HTTPStatus.OK) < HTTPStatus.BAD_REQUEST
        if seen and shown and message["type"] in ("http.response.start", "websocket.send"):
            noted, self.scope[SEEN] = list(seen), []
            try:
                await asyncio.to_thread(self.looks.note, noted)
            except StorageError as error:
                await self._refuse(error, message)
        if not self.refused:
            await self.forward(message)

    async def _refuse(self, error: StorageError, message: Message) -> None:
        self.refused = True
        if message["type"] == "websocket.send":
            await self.forward({"type": "websocket.close", "code": 1011, "reason": "cannot be noted"})
            return
        words = "who sees whose data could not be noted, so nothing is shown; try again"
        answer = problem(HTTPStatus.SERVICE_UNAVAILABLE, error.reason, words, headers={"retry-after": "2"})
        await answer(self.scope, self.receive, self.forward)
