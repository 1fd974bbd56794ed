"""The analytics service: live feedback, and the record of every set.

The two halves share the scorer and the rules but not their state: the live half may be late or away and
nothing is lost, the stored half may be behind and nobody waits for it.
"""

import asyncio
import contextlib
import uuid

import structlog
from prometheus_client import CollectorRegistry

from analytics.live import LiveScoring
from analytics.metrics import AnalyticsMetrics
from analytics.settings import AnalyticsSettings
from analytics.stored import Announcement, Follower
from analytics.threads import Worker
from tempoband.contracts.errors import ContractError
from tempoband.contracts.topics import EventKind, event, parse_event
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.observability.health import Health
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records
from tempoband.storage.timeseries.base import TimeSeriesReader

log = structlog.get_logger(__name__)

PART = "analytics"
_AFTER_TROUBLE_S = 1.0
_NUDGE_S = 0.1  # several commits in a row are looked at together


class AnalyticsService:
    """Runs until cancelled; a broker or a database that is away is waited for and shown in health."""

    def __init__(
        self,
        settings: AnalyticsSettings,
        records: Records,
        store: TimeSeriesReader,
        *,
        health: Health | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._settings = settings
        self._metrics = AnalyticsMetrics(registry or CollectorRegistry())
        self._health = health or Health()
        self._link = MqttLink(settings.mqtt, f"analytics-{uuid.uuid4().hex[:12]}")
        self._follower = Follower(settings, records, store, metrics=self._metrics)
        self._live = LiveScoring(settings, records, self._link, self._metrics) if settings.live else None
        self._nudge = asyncio.Event()
        self._trouble = ""
        self._subscribe()

    async def run(self) -> None:
        """Score live frames and stored samples."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._link.run())
            tasks.create_task(self._watch())
            if self._live is not None:
                tasks.create_task(self._live.run())
            if self._settings.stored:
                tasks.create_task(self._follow())

    def _subscribe(self) -> None:
        for kind, handler in ((EventKind.COMMITTED, self._on_committed), (EventKind.DECLARED, self._on_told)):
            for topic_filter in self._settings.shard_range.filters(f"events/+/{kind}"):
                self._link.subscribe(topic_filter, 0, handler)
        self._link.on_connected(self._nudge.set)

    def _on_committed(self, _: Delivery) -> None:
        self._nudge.set()

    def _on_told(self, delivery: Delivery) -> None:
        try:
            _, sensor, _ = parse_event(delivery.topic)
        except ContractError:
            return
        self._follower.told(sensor)
        self._nudge.set()
        if self._live is not None:
            self._live.told()

    async def _follow(self) -> None:
        """Score what is stored, whenever somebody nudges and now and then besides."""
        with contextlib.closing(Worker("stored-scoring")) as worker:
            while True:
                self._nudge.clear()
                try:
                    with self._metrics.step_s.time():
                        self._announce(await worker.run(self._follower.step))
                    self._trouble = ""
                    pause_s = 0.0 if self._follower.more else self._settings.poll_s
                except StorageError as error:
                    log.warning("stored_scoring_waits", why=error.detail)
                    self._trouble, pause_s = error.detail, _AFTER_TROUBLE_S
                await self._wait(pause_s)

    async def _wait(self, pause_s: float) -> None:
        await asyncio.sleep(min(_NUDGE_S, pause_s))
        try:
            async with asyncio.timeout(pause_s):
                await self._nudge.wait()
        except TimeoutError:
            return

    def _announce(self, announced: list[Announcement]) -> None:
        for item in announced:
            topic = event(item.shard, item.event.sensor, EventKind.SET)
            try:
                self._link.publish(topic, item.event.encode(), qos=1)
            except MessagingError:
                return  # the records hold it; pages read them

    async def _watch(self) -> None:
        """Say in health whether both halves can do their work."""
        while True:
            problem = self._trouble or ("" if self._link.connected else f"broker: {self._link.state}")
            self._health.set(PART, ok=not problem, detail=problem)
            await asyncio.sleep(0.5)
