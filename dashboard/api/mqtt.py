"""MQTT on websockets at the address of the pages: homes need no other port than theirs.

Bytes go to and fro; who may say what, the broker decides by the credential in the MQTT packets themselves.
"""

import asyncio
import contextlib

import structlog
from fastapi import APIRouter, Depends, WebSocket
from starlette.websockets import WebSocketDisconnect

from dashboard.deps import ForPrograms, ServicesDep
from dashboard.services import Services
from tempoband.messaging.errors import MessagingError

_PROTOCOL = "mqtt"
_PIECE = 64 * 1024
_CONNECT_S = 5.0
_TRY_LATER = 1013
_WRONG_PROTOCOL = 1002
log = structlog.get_logger(__name__)
router = APIRouter()


@router.websocket("/mqtt", dependencies=[Depends(ForPrograms())])
async def relay(socket: WebSocket, services: ServicesDep) -> None:
    """Carry one MQTT connection to the broker and back."""
    if _PROTOCOL not in socket.scope.get("subprotocols", ()):
        await socket.close(_WRONG_PROTOCOL, "MQTT only")
        return
    if services.relayed.locked():
        await socket.close(_TRY_LATER, "too many connections")
        return
    async with services.relayed:
        try:
            reader, writer = await _broker(services)
        except (OSError, TimeoutError, MessagingError) as error:
            log.warning("relay_without_broker", why=str(error))
            await socket.close(_TRY_LATER, "the broker is away")
            return
        await socket.accept(_PROTOCOL)
        try:
            await _carry(socket, reader, writer)
        finally:
            writer.close()


async def _broker(services: Services) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    settings = services.settings.mqtt
    async with asyncio.timeout(_CONNECT_S):
        return await asyncio.open_connection(settings.host, settings.port, ssl=settings.tls_context())


async def _carry(socket: WebSocket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Both ways, until either side has had enough."""
    ways = [asyncio.create_task(_up(socket, writer)), asyncio.create_task(_down(socket, reader))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # closed already
            await socket.close()


async def _up(socket: WebSocket, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(WebSocketDisconnect, OSError, KeyError, RuntimeError):  # text is no MQTT
        while True:
            writer.write(await socket.receive_bytes())
            await writer.drain()


async def _down(socket: WebSocket, reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(WebSocketDisconnect, OSError, RuntimeError):
        while piece := await reader.read(_PIECE):
            await socket.send_bytes(piece)
