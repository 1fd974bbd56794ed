"""``WS /api/live/{sensor}``: samples as binary messages, events as JSON."""

import asyncio
import contextlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, WebSocket
from fastapi.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from dashboard.access.sockets import log_off, logged_in
from dashboard.caller import Caller
from dashboard.deps import May, ServicesDep
from dashboard.errors import DashboardError
from dashboard.live.hub import hello_text
from dashboard.live.viewer import Viewer, ViewerGoneError
from dashboard.services import Services
from dashboard.sets.models import SetOut
from dashboard.sets.view import open_set_on
from tempoband.identity.permissions import Action
from tempoband.identity.principal import Role
from tempoband.storage.errors import StorageError
from tempoband.storage.records import devices

router = APIRouter(tags=["live"])
NOT_THERE = 4404
NOT_AGREED = 4403
TRY_AGAIN = 1013
_AGREED_EVERY_S = 0.5
_WORN_EVERY_S = 1.0
_LONGEST_WORD = 256


@router.websocket("/live/{sensor}")
async def live(
    websocket: WebSocket,
    sensor: str,
    caller: Annotated[Caller, Depends(May(Action.WATCH_LIVE))],
    services: ServicesDep,
    after_us: Annotated[int | None, Query()] = None,
) -> None:
    """Everything about one sensor as it happens; ``after_us`` asks for what a break has cost."""
    await websocket.accept()
    try:
        open_set, wearer = await run_in_threadpool(_enter, services, caller, sensor)
    except DashboardError as error:
        await websocket.close(NOT_THERE, error.detail)
        return
    if not _agreed(services, caller, wearer):
        await websocket.close(NOT_AGREED, "the wearer has not agreed to be watched")
        return
    viewer = services.live.join(sensor, after_us)
    services.leases.renew(sensor, caller.id)
    try:
        with contextlib.suppress(WebSocketDisconnect):  # the page may be gone before we have greeted it
            await websocket.send_text(_hello(services, sensor, open_set))
        with logged_in(services.access, websocket) as ended:
            await _until_either_ends(
                _send(websocket, viewer),
                _receive(websocket, viewer),
                _while_agreed(websocket, services, caller, wearer),
                _while_worn(websocket, services, caller, sensor, wearer),
                log_off(websocket, ended),
            )
    finally:
        services.live.leave(viewer)


def _enter(services: Services, caller: Caller, sensor: str) -> tuple[SetOut | None, str | None]:
    """The open set, and who wears the sensor now."""
    services.sensor_access.see_now(caller, sensor)
    with services.records.read() as session:
        wearer = devices.wearers(session, caller.clinic_id).get(sensor)
        return open_set_on(session, caller.clinic_id, sensor) or services.far.open_set(sensor), wearer


def _agreed(services: Services, caller: Caller, wearer: str | None) -> bool:
    """Whether the caller may look: wearers at themselves, a physio only where and while the wearer agrees."""
    if caller.principal.role is not Role.PHYSIO or wearer is None:
        return True
    return services.watches.may_see(caller.clinic_id, wearer, caller.id)


async def _while_agreed(websocket: WebSocket, services: Services, caller: Caller, wearer: str | None) -> None:
    while _agreed(services, caller, wearer):  # noqa: ASYNC110 - it also lapses with time
        await asyncio.sleep(_AGREED_EVERY_S)
    await websocket.close(NOT_AGREED, "the watch is over")


async def _while_worn(
    websocket: WebSocket, services: Services, caller: Caller, sensor: str, wearer: str | None
) -> None:
    """A sensor that goes to somebody else shows another body: whoever watches has to ask anew."""
    if caller.principal.role is Role.LOCAL_OWNER:  # everybody's data is theirs
        await asyncio.Event().wait()
    # The records are asked: whoever changes the wearer may be another process.
    while await run_in_threadpool(_wearer, services, caller, sensor, wearer) == wearer:  # noqa: ASYNC110
        await asyncio.sleep(_WORN_EVERY_S)
    await websocket.close(TRY_AGAIN, "somebody else wears the sensor now")


def _wearer(services: Services, caller: Caller, sensor: str, before: str | None) -> str | None:
    try:
        with services.records.read() as session:
            return devices.wearers(session, caller.clinic_id).get(sensor)
    except StorageError:  # the next look will tell
        return before


def _hello(services: Services, sensor: str, open_set: SetOut | None) -> str:
    status = services.far.status(sensor) or services.sensors.find(sensor)
    return hello_text(services.now_us(), status, open_set)


async def _send(websocket: WebSocket, viewer: Viewer) -> None:
    try:
        while True:
            message = await viewer.next_message()
            if isinstance(message, str):
                await websocket.send_text(message)
            else:
                await websocket.send_bytes(message)
    except ViewerGoneError:
        await websocket.close(TRY_AGAIN, "the page stopped answering")


async def _receive(websocket: WebSocket, viewer: Viewer) -> None:
    while True:
        word = _word(await websocket.receive_text())
        number = word.get("n")
        if word.get("type") == "pong" and type(number) is int:
            viewer.pong(number)


def _word(text: str) -> dict[str, Any]:
    """What the page said; what cannot be read is nothing."""
    if len(text) > _LONGEST_WORD:
        return {}
    try:
        word = json.loads(text)
    except ValueError:
        return {}
    return word if isinstance(word, dict) else {}


async def _until_either_ends(*works: Any) -> None:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    del done
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect | RuntimeError):
            raise result
