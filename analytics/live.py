"""Live scoring: fresh frames from the broker in, phases and reps out. Immediate, and provisional."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from analytics.lifecycle import DEFAULT_RULES, Rules
from analytics.live_sensor import LiveSensor
from analytics.metrics import AnalyticsMetrics
from analytics.plans import Asked, look_up
from analytics.settings import AnalyticsSettings
from analytics.signal.live import warm_up
from analytics.threads import Worker
from tempoband.contracts.errors import ContractError
from tempoband.contracts.events import Message, PhaseEvent, RepEvent
from tempoband.contracts.frame import Frame, decode_frame
from tempoband.contracts.freshness import Freshness
from tempoband.contracts.topics import EventKind, UpKind, event, parse_up
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, clinics, declarations

log = structlog.get_logger(__name__)

_SENSOR_KEPT_US = 600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Arrived:
    """A fresh frame and where it belongs."""

    shard: str
    sensor: str
    frame: Frame


class LiveScoring:
    """Scores what is happening now. Frames wait in a bounded queue; scoring runs in a thread, in order."""

    def __init__(
        self,
        settings: AnalyticsSettings,
        records: Records,
        link: MqttLink,
        metrics: AnalyticsMetrics,
        *,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        rules: Rules = DEFAULT_RULES,
    ) -> None:
        self._settings = settings
        self._records = records
        self._link = link
        self._metrics = metrics
        self._now_us = now_us
        self._rules = rules
        self._freshness = Freshness()
        self._queue: deque[Arrived] = deque(maxlen=settings.live_queue)
        self._wake = asyncio.Event()
        self._ask = asyncio.Event()
        self._sensors: dict[str, LiveSensor] = {}
        self._shards: dict[str, str] = {}
        self._known: dict[str, Asked] = {}
        self._opened: Mapping[str, Asked] = {}
        self._news: Mapping[str, Asked] | None = None
        for topic_filter in settings.shard_range.filters(f"up/+/+/{UpKind.FRAMES}"):
            link.subscribe(topic_filter, 0, self._on_frame)

    def told(self) -> None:
        """Somebody told something: look at the records at once."""
        self._ask.set()

    async def run(self) -> None:
        """Score until cancelled."""
        with contextlib.closing(Worker("live-scoring")) as worker:
            await worker.run(warm_up)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_declarations())
                tasks.create_task(self._score(worker))

    def _on_frame(self, delivery: Delivery) -> None:
        try:
            topic = parse_up(delivery.topic)
            frame = decode_frame(delivery.payload)
        except ContractError:
            return  # ingest counts it and keeps it as a dead letter
        if not self._freshness.fresh(frame.stream, frame.seq, frame.end_us, self._now_us()):
            self._metrics.live_skipped.labels(reason="stale").inc()
            return
        if len(self._queue) == self._settings.live_queue:
            self._metrics.live_skipped.labels(reason="overload").inc()
        self._queue.append(Arrived(topic.shard, topic.sensor, frame))
        self._wake.set()

    async def _score(self, worker: Worker) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            arrived = [self._queue.popleft() for _ in range(len(self._queue))]
            news, self._news = self._news, None
            for shard, message in await worker.run(partial(self._work, news, arrived)):
                self._publish(shard, message)
            self._metrics.live_frames.inc(len(arrived))

    def _work(
        self, news: Mapping[str, Asked] | None, arrived: Sequence[Arrived]
    ) -> list[tuple[str, Message]]:
        """In the scoring thread: the only place that touches the sensors."""
        said: list[tuple[str, Message]] = []
        if news is not None:
            self._opened = news
            for sensor, live in self._sensors.items():
                said += [(self._shards[sensor], message) for message in live.declare(news.get(sensor))]
        for item in arrived:
            try:
                said += [(item.shard, message) for message in self._push(item)]
            except Exception:
                log.exception("live_scoring_failed", sensor=item.sensor)
                self._metrics.failures.labels(half="live").inc()
                self._sensors.pop(item.sensor, None)  # begin anew; the record does not depend on it
        self._forget()
        return said

    def _push(self, item: Arrived) -> list[Message]:
        self._shards[item.sensor] = item.shard
        live = self._sensors.get(item.sensor)
        if live is None:
            live = self._sensors[item.sensor] = LiveSensor(item.sensor, self._rules)
            live.declare(self._opened.get(item.sensor))
        return live.push(item.frame)

    def _forget(self) -> None:
        newest_us = max((live.last_us for live in self._sensors.values()), default=0)
        for sensor in [s for s, live in self._sensors.items() if newest_us - live.last_us > _SENSOR_KEPT_US]:
            del self._sensors[sensor]

    async def _follow_declarations(self) -> None:
        """Which sets are open, asked when somebody told something, and now and then besides."""
        while True:
            try:
                self._news = await asyncio.to_thread(self._open_sets)
                self._wake.set()
            except StorageError as error:
                log.warning("records_away", why=error.detail)
            self._ask.clear()
            try:
                async with asyncio.timeout(self._settings.poll_s):
                    await self._ask.wait()
            except TimeoutError:
                continue

    def _open_sets(self) -> dict[str, Asked]:
        with self._records.read() as session:
            found: dict[str, Asked] = {}
            for clinic in clinics.every(session):
                for declaration in declarations.every_open(session, clinic.id):
                    asked = self._known.get(declaration.sensor)
                    if asked is None or asked.declaration != declaration:
                        asked = look_up(session, clinic.id, declaration)
                    found[declaration.sensor] = asked
        self._known = found
        return found

    def _publish(self, shard: str, message: Message) -> None:
        """Feedback that cannot be given now is worth nothing later: it is dropped."""
        kind = _kind(message)
        sensor = message.model_dump(include={"sensor"})["sensor"]
        if self._link.connected:
            self._link.publish(event(shard, sensor, kind), message.encode(), qos=0)


def _kind(message: Message) -> EventKind:
    if isinstance(message, PhaseEvent):
        return EventKind.PHASE
    return EventKind.REP if isinstance(message, RepEvent) else EventKind.SET
