"""The clinic's side of watching a home: orders go down while somebody watches, what the home shows comes up.

What comes is fanned out to the pages here and kept in memory, as long as the watch lasts; nothing is stored.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from pydantic import ValidationError

from dashboard.errors import DashboardError
from dashboard.far.mirror import Mirror
from dashboard.far.poke import Poke
from dashboard.far.sensor import home_of
from dashboard.live.hub import LiveHub
from dashboard.live.watching import Watch, Watches, WatchEvent
from dashboard.sets.models import SetOut
from tempoband.contracts.errors import ContractError
from tempoband.contracts.events import SensorStatus
from tempoband.contracts.topics import ROOT, DownKind, OwnKind, UpKind, down, parse_own, parse_up
from tempoband.contracts.watching import (
    MAX_LIVE_BYTES,
    REPEAT_S,
    LiveText,
    WatchOrder,
    WatchState,
    WatchWord,
)
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, RecordsError, audit, devices
from tempoband.storage.records.audit import Act
from tempoband.storage.records.rows import new_id

_MOST_WAITING = 2000
_REACHED_S = 4 * REPEAT_S
_JSON = b"{"
log = structlog.get_logger(__name__)


class FarWatches:
    """Every watch of a home that somebody at this clinic asks for or has."""

    def __init__(
        self,
        link: MqttLink,
        live: LiveHub,
        watches: Watches,
        records: Records,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._live = live
        self._watches = watches
        self._records = records
        self._clock = clock
        self._mirrors: dict[str, Mirror] = {}  # by watch
        self._came: asyncio.Queue[Delivery] = asyncio.Queue(_MOST_WAITING)
        self._poke = Poke()
        self.unasked = 0
        self.malformed = 0
        link.subscribe(f"{ROOT}/+/up/+/{OwnKind.WATCH}", 1, self._take)
        link.subscribe(f"{ROOT}/+/up/+/+/{UpKind.LIVE}", 0, self._take)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_ordering())
            group.create_task(self._keep_taking())

    def poke(self) -> None:
        """A watch was asked for, has ended, or has a new cue: tell the home now. From any thread."""
        self._poke()

    def mirror(self, known: Watch | None) -> Mirror | None:
        """What the home of a watch tells; None for a watch here."""
        return None if known is None else self._mirrors.get(known.id)

    def reached(self, known: Watch) -> bool:
        """Whether the home has answered lately."""
        mirror = self._mirrors.get(known.id)
        return mirror is not None and self._clock() - mirror.heard_s < _REACHED_S

    def status(self, sensor: str) -> SensorStatus | None:
        """What a home that is watched says of its sensor."""
        return next((each.status for each in self._mirrors.values() if each.sensor == sensor), None)

    def open_set(self, sensor: str) -> SetOut | None:
        """The set that is open there."""
        return next((each.open_set for each in self._mirrors.values() if each.sensor == sensor), None)

    def find_set(self, clinic_id: str, set_id: str) -> SetOut | None:
        """A set that a home that is watched has told of, and that is not in the records yet."""
        found = (each.sets.get(set_id) for each in self._mirrors.values() if each.clinic_id == clinic_id)
        return next((each for each in found if each is not None), None)

    async def _keep_ordering(self) -> None:
        while True:
            self._order_all()
            await self._poke.wait(REPEAT_S)

    def _order_all(self) -> None:
        current = {known.id: each for each in self._watches.every() if (known := each[2]).home is not None}
        for watch_id in self._mirrors.keys() - current.keys():
            gone = self._mirrors.pop(watch_id)
            self._send(
                gone.home, WatchOrder(watch=watch_id, person_id=gone.person_id, by="", state=WatchState.OVER)
            )
        for clinic_id, person_id, known in current.values():
            if known.id not in self._mirrors:
                self._mirrors[known.id] = Mirror(clinic_id, person_id, known.home or "")
            self._send(known.home or "", _order(person_id, known))

    def _send(self, home: str, order: WatchOrder) -> None:
        with suppress(MessagingError):  # it is repeated, and what is not repeated lapses
            self._link.publish(down(home, DownKind.WATCH), order.encode(), qos=1)

    def _take(self, delivery: Delivery) -> None:
        if not self._mirrors:
            self.unasked += 1
        elif self._came.full() or len(delivery.payload) > MAX_LIVE_BYTES:
            self.malformed += 1
        else:
            self._came.put_nowait(delivery)

    async def _keep_taking(self) -> None:
        """One after the other: a word that lets somebody in stands before what they see."""
        while True:
            delivery = await self._came.get()
            try:
                if delivery.topic.endswith(f"/{OwnKind.WATCH}"):
                    home, _ = parse_own(delivery.topic)
                    await self._took_word(home, WatchWord.model_validate_json(delivery.payload))
                else:
                    topic = parse_up(delivery.topic)
                    self._took_live(topic.bridge, topic.sensor, delivery.payload)
            except (ContractError, ValidationError, ValueError) as error:
                self.malformed += 1
                log.warning("live_message_refused", topic=delivery.topic, error=type(error).__name__)
            except (StorageError, RecordsError, DashboardError) as error:
                log.warning("watch_word_waits", why=str(error))  # the home says it again
            except Exception:
                # Whatever a home sends, the others must go on being heard.
                self.malformed += 1
                log.exception("live_message_failed", topic=delivery.topic)

    async def _took_word(self, home: str, word: WatchWord) -> None:
        mirror = self._mirrors.get(word.watch)
        if mirror is None or (mirror.home, mirror.person_id) != (home, word.person_id):
            self.unasked += 1
            return
        mirror.heard_s, mirror.dropped_frames = self._clock(), word.dropped_frames
        known = self._watches.find(mirror.clinic_id, mirror.person_id)
        if known is None or known.id != word.watch:
            return
        if word.state is WatchState.OVER:
            what = "ended at home" if known.granted else "refused at home"
            self._watches.answer(mirror.clinic_id, mirror.person_id, yes=False)
            self._tell(mirror)
            await self._note(mirror, what)
        elif word.state is WatchState.ASKED and known.granted:
            self._watches.ask_again(mirror.clinic_id, mirror.person_id)
            self._tell(mirror)
            mirror.wears(None)
            await self._note(mirror, "asked again at home")
        elif word.state is WatchState.WATCHING:
            await self._let_in(mirror, known, word.sensor)

    async def _let_in(self, mirror: Mirror, known: Watch, sensor: str | None) -> None:
        """The wearer has agreed; what comes of a sensor is believed only of theirs, at their home."""
        if sensor != mirror.sensor:
            mirror.wears(sensor if await asyncio.to_thread(self._theirs, mirror, sensor) else None)
        if not known.granted:
            await self._note(mirror, "agreed at home")  # what cannot be noted is not shown
            self._watches.answer(mirror.clinic_id, mirror.person_id, yes=True, at_home=mirror.home)
            self._tell(mirror)

    def _theirs(self, mirror: Mirror, sensor: str | None) -> bool:
        with self._records.read() as session:
            if sensor is None or devices.wearers(session, mirror.clinic_id).get(sensor) != mirror.person_id:
                return False
            place = home_of(session, mirror.clinic_id, mirror.person_id, sensor)
            return place is not None and place.home == mirror.home

    def _tell(self, mirror: Mirror) -> None:
        """The pages that show the sensor, and the home."""
        known = self._watches.find(mirror.clinic_id, mirror.person_id)
        state = "none" if known is None else str(_state(known))
        if mirror.sensor is not None:
            self._live.tell(mirror.sensor, "watch", WatchEvent(state=state))
        self.poke()

    async def _note(self, mirror: Mirror, what: str) -> None:
        who, home = mirror.person_id, mirror.home
        now_us = time.time_ns() // 1000
        act = Act(new_id(), now_us, who, "wearer", "watch.answer", "watch", home, who, {"what": what})
        await asyncio.to_thread(self._keep_note, mirror.clinic_id, act)

    def _keep_note(self, clinic_id: str, act: Act) -> None:
        with self._records.write() as session:
            audit.note(session, clinic_id, act)

    def _took_live(self, home: str, sensor: str, payload: bytes) -> None:
        mirror = next((m for m in self._mirrors.values() if (m.home, m.sensor) == (home, sensor)), None)
        known = None if mirror is None else self._watches.find(mirror.clinic_id, mirror.person_id)
        if mirror is None or known is None or not known.granted:
            self.unasked += 1
        elif payload.startswith(_JSON):
            text = mirror.took(LiveText.model_validate_json(payload))
            self._live.tell_text(sensor, text)
        else:
            self._live.took_block(sensor, payload)


def _state(known: Watch) -> WatchState:
    return WatchState.WATCHING if known.granted else WatchState.ASKED


def _order(person_id: str, known: Watch) -> WatchOrder:
    return WatchOrder(
        watch=known.id,
        person_id=person_id,
        by=known.by,
        state=_state(known),
        cue="" if known.cue is None else known.cue.text,
        cue_us=0 if known.cue is None else known.cue.at_us,
    )
