"""One sensor's live page, sent up instead of shown: while somebody at the clinic watches.

It is a viewer of the home's own hub. When the way up is slower than the sensor, the viewer's oldest frames
make room and are counted, as for a slow page; the record goes its own way.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import structlog

from dashboard.live.hub import LiveHub
from dashboard.live.viewer import Viewer
from dashboard.sets.models import SetOut
from dashboard.sets.view import SetViews, Told, load, open_set_on
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SensorStatus
from tempoband.contracts.watching import LiveKind, LiveText, WayUp
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, RecordsError

_FRAMES_KEPT = 16  # a second or two: what is older is no news
_AWAY_S = 0.5
_KINDS = {str(kind) for kind in LiveKind}
log = structlog.get_logger(__name__)


class Relay:
    """From the home's hub to the clinic's; what is of somebody else than the person stays here."""

    def __init__(self, sensor: str, person_id: str, way: WayUp, live: LiveHub, records: Records) -> None:
        self.sensor = sensor
        self._person_id = person_id
        self._way = way
        self._live = live
        self._records = records
        self._viewer = Viewer(sensor, time.monotonic, frames_kept=_FRAMES_KEPT, pings=False)
        self._unsent = 0

    @property
    def dropped_frames(self) -> int:
        """Frames that the clinic was not sent."""
        return self._viewer.dropped_frames + self._unsent

    async def run(self, status: Callable[[], SensorStatus | None]) -> None:
        """Until cancelled."""
        self._live.enter(self._viewer)
        try:
            while True:
                if await self._greet(status):
                    await self._forward()
                await asyncio.sleep(_AWAY_S)
        finally:
            self._live.leave(self._viewer)

    async def _greet(self, status: Callable[[], SensorStatus | None]) -> bool:
        found = status()
        event = {"status": None if found is None else found.model_dump(mode="json")}
        view = await asyncio.to_thread(self._open_set)
        text = LiveText(kind=LiveKind.HELLO, event=event, view=view)
        return await self._way.send(self.sensor, text.encode())

    async def _forward(self) -> None:
        """Until the connection is gone."""
        while True:
            message = await self._viewer.next_message()
            payload = message if isinstance(message, bytes) else await self._text(message)
            if payload is not None and not await self._way.send(self.sensor, payload):
                self._unsent += isinstance(message, bytes)
                return

    async def _text(self, message: str) -> bytes | None:
        """An event as it goes up; None for what concerns this machine only."""
        event: dict[str, Any] = json.loads(message)
        kind = event.pop("type")
        if kind not in _KINDS:
            return None
        view = await asyncio.to_thread(self._set, event["set_id"]) if kind == LiveKind.SET else None
        return LiveText(kind=LiveKind(kind), event=event, view=view).encode()

    def _open_set(self) -> dict[str, Any] | None:
        try:
            with self._records.read() as session:
                return self._theirs(open_set_on(session, LOCAL_CLINIC, self.sensor))
        except StorageError as error:
            log.warning("open_set_not_told", why=error.detail)
            return None

    def _set(self, set_id: str) -> dict[str, Any] | None:
        try:
            with self._records.read() as session:
                told: Told = load(session, LOCAL_CLINIC, set_id)
                return self._theirs(SetViews(session, LOCAL_CLINIC).view(told))
        except (RecordsError, StorageError) as error:
            log.warning("set_not_told", why=str(error))
            return None

    def _theirs(self, view: SetOut | None) -> dict[str, Any] | None:
        if view is None or view.person is None or view.person.id != self._person_id:
            return None
        return view.model_dump(mode="json")
