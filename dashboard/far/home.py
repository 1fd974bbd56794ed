"""The home's side of being watched: the wearer is asked what the clinic orders; it lasts while they agree.

A watch of the clinic is a watch like any other on the wearer's page. It lasts while the clinic repeats its
order; after a cut it goes on by itself when the wearer had agreed to this very watch, within the hour.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

import structlog

from dashboard.errors import DashboardError
from dashboard.far.poke import Poke
from dashboard.far.relay import Relay
from dashboard.far.sensor import worn_by
from dashboard.live.hub import LiveHub
from dashboard.live.watching import LONGEST_S, Watch, Watches, WatchEvent
from dashboard.sensors.registry import SensorRegistry
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.watching import WatchOrder, WatchState, WatchWord, WayUp
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, RecordsError, audit, people
from tempoband.storage.records.audit import Act
from tempoband.storage.records.rows import new_id

_LOOK_S = 1.0
_MOST_WAITING = 100
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Ordered:
    """One watch that the clinic ordered: its newest order, and what became of it here."""

    order: WatchOrder
    said: WatchState = WatchState.ASKED
    agreed_s: float | None = None  # when the wearer agreed first, on the monotonic clock
    relay: Relay | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    dropped_before: int = 0

    @property
    def dropped_frames(self) -> int:
        """Of every relay of this watch."""
        return self.dropped_before + (self.relay.dropped_frames if self.relay is not None else 0)


class WatchedHome:
    """Runs in the dashboard of a home; ``way`` is its uplink's."""

    def __init__(
        self, way: WayUp, watches: Watches, live: LiveHub, sensors: SensorRegistry, records: Records
    ) -> None:
        self._way = way
        self._watches = watches
        self._live = live
        self._sensors = sensors
        self._records = records
        self._orders: asyncio.Queue[WatchOrder] = asyncio.Queue(_MOST_WAITING)
        self._known: dict[str, _Ordered] = {}  # by person
        self._poke = Poke()
        way.on_order(self._took)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                await self._poke.wait(_LOOK_S)
                try:
                    while not self._orders.empty():
                        await self._obey(self._orders.get_nowait())
                    for ordered in list(self._known.values()):
                        await self._look(ordered)
                except (StorageError, RecordsError) as error:
                    log.warning("watch_waits", why=str(error))  # the clinic repeats its order
        finally:
            for ordered in self._known.values():
                await _stop(ordered)

    def poke(self) -> None:
        """The wearer agreed, refused or ended: act now. From any thread."""
        self._poke()

    def _took(self, order: WatchOrder) -> None:
        if not self._orders.full():
            self._orders.put_nowait(order)
            self._poke()

    async def _obey(self, order: WatchOrder) -> None:
        ordered = self._known.get(order.person_id)
        if order.state is WatchState.OVER:
            if ordered is not None and ordered.order.watch == order.watch:
                await self._end(ordered)
            return
        if ordered is None or ordered.order.watch != order.watch:
            if ordered is not None:
                await self._end(ordered)
            ordered = await self._begin(order)
        elif self._mine(ordered, renew=True) is None:
            self._resume(ordered)
        ordered.order, before = order, ordered.order
        if order.cue_us > before.cue_us or (order.cue_us and before is order):
            await self._cue(ordered)
        await self._look(ordered)
        self._say(ordered)

    async def _begin(self, order: WatchOrder) -> _Ordered:
        """Ask the wearer; refused at once where nobody is to be asked or somebody else watches."""
        ordered = self._known[order.person_id] = _Ordered(order)
        if await asyncio.to_thread(self._is_ours, order.person_id) and self._ask(ordered):
            await self._note(ordered, "asked by the clinic")
            await self._tell(ordered)
        else:
            ordered.said = WatchState.OVER
        return ordered

    def _ask(self, ordered: _Ordered) -> bool:
        order = ordered.order
        if self._watches.is_over(order.watch):
            return False
        try:
            self._watches.ask(LOCAL_CLINIC, order.person_id, by=_by(order), here=False, watch_id=order.watch)
        except DashboardError:
            return False
        return True

    def _resume(self, ordered: _Ordered) -> None:
        """Silence had ended it here. The wearer is asked again, unless they agreed within the hour."""
        if not self._ask(ordered):
            ordered.said = WatchState.OVER
        elif ordered.agreed_s is not None and time.monotonic() - ordered.agreed_s < LONGEST_S:
            self._watches.answer(LOCAL_CLINIC, ordered.order.person_id, yes=True)

    async def _cue(self, ordered: _Ordered) -> None:
        order = ordered.order
        with contextlib.suppress(DashboardError):  # not agreed to any more
            self._watches.cue(LOCAL_CLINIC, order.person_id, order.cue, by=_by(order))
            await self._note(ordered, "cue")
            await self._tell(ordered)

    async def _look(self, ordered: _Ordered) -> None:
        """See how it stands here, and let the live page's messages go up just as long as it is granted."""
        found = self._mine(ordered)
        if found is not None and found.granted:
            if ordered.agreed_s is None:
                ordered.agreed_s = time.monotonic()
            await self._keep_relaying(ordered)
            state = WatchState.WATCHING
        else:
            await _stop(ordered)
            state = WatchState.OVER if found is None else WatchState.ASKED
        if state is ordered.said:
            return
        ordered.said = state
        # What silence has ended is no word to the clinic: it may come back.
        if state is not WatchState.OVER or self._watches.is_over(ordered.order.watch):
            self._say(ordered)

    async def _keep_relaying(self, ordered: _Ordered) -> None:
        sensor = await asyncio.to_thread(self._sensor, ordered.order.person_id)
        running = ordered.task is not None and not ordered.task.done()
        if running and ordered.relay is not None and ordered.relay.sensor == sensor:
            return
        await _stop(ordered)
        if sensor is not None:
            ordered.relay = Relay(sensor, ordered.order.person_id, self._way, self._live, self._records)
            self._say(ordered, WatchState.WATCHING)  # the clinic has to know whose samples come
            status = self._sensors.find(sensor)
            ordered.task = asyncio.create_task(
                ordered.relay.run(lambda: self._sensors.find(sensor) or status)
            )

    async def _end(self, ordered: _Ordered) -> None:
        """The clinic watches no more."""
        was = self._mine(ordered)
        await _stop(ordered)
        del self._known[ordered.order.person_id]
        if was is not None:
            self._watches.end(LOCAL_CLINIC, ordered.order.person_id)
            await self._note(ordered, "ended by the clinic")
            await self._tell(ordered)

    def _mine(self, ordered: _Ordered, *, renew: bool = False) -> Watch | None:
        order = ordered.order
        by = _by(order) if renew else None
        found = self._watches.find(LOCAL_CLINIC, order.person_id, watching_by=by)
        return found if found is not None and found.id == order.watch else None

    def _say(self, ordered: _Ordered, state: WatchState | None = None) -> None:
        sensor = ordered.relay.sensor if ordered.relay is not None else None
        self._way.say(
            WatchWord(
                watch=ordered.order.watch,
                person_id=ordered.order.person_id,
                state=state or ordered.said,
                sensor=sensor,
                dropped_frames=ordered.dropped_frames,
            )
        )

    async def _tell(self, ordered: _Ordered) -> None:
        """The wearer's own live page learns of it at once."""
        sensor = await asyncio.to_thread(self._sensor, ordered.order.person_id)
        found = self._mine(ordered)
        if sensor is not None:
            self._live.tell(sensor, "watch", _event(found))

    async def _note(self, ordered: _Ordered, what: str) -> None:
        order = ordered.order
        act = Act(
            new_id(), time.time_ns() // 1000, order.by, "clinic", "watch.ask", "watch",
            order.person_id, order.person_id, {"what": what},
        )  # fmt: skip
        await asyncio.to_thread(self._keep_note, act)

    def _keep_note(self, act: Act) -> None:
        with self._records.write() as session:
            audit.note(session, LOCAL_CLINIC, act)

    def _is_ours(self, person_id: str) -> bool:
        with self._records.read() as session:
            return person_id in {each.id for each in people.current(session, LOCAL_CLINIC)}

    def _sensor(self, person_id: str) -> str | None:
        with self._records.read() as session:
            return worn_by(session, LOCAL_CLINIC, person_id, self._sensors)


async def _stop(ordered: _Ordered) -> None:
    if ordered.task is not None:
        ordered.task.cancel()
        await asyncio.gather(ordered.task, return_exceptions=True)
    ordered.dropped_before = ordered.dropped_frames
    ordered.relay = ordered.task = None


def _by(order: WatchOrder) -> str:
    return f"clinic/{order.by}"


def _event(found: Watch | None) -> WatchEvent:
    if found is None:
        return WatchEvent(state="none")
    text, at_us = (found.cue.text, found.cue.at_us) if found.cue else ("", 0)
    return WatchEvent(state="watching" if found.granted else "asked", cue=text, at_us=at_us)
