"""Ingest: MQTT to the store. A message is acknowledged and receipted only once it is durable."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from functools import lru_cache

import structlog
from prometheus_client import CollectorRegistry

from ingest.batch import Committer, Outcome
from ingest.errors import IngestError
from ingest.metrics import IngestMetrics
from ingest.register import Register
from ingest.settings import IngestSettings
from ingest.sorting import Allowed, Kin, Message, Sorter
from tempoband.contracts.events import Heartbeat
from tempoband.contracts.receipts import encode_receipt
from tempoband.contracts.topics import (
    HEARTBEAT,
    EventKind,
    UpKind,
    event,
    receipts,
    shard_of,
)
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink, Will
from tempoband.observability.health import Health
from tempoband.storage.errors import StorageError
from tempoband.storage.timeseries.base import Maintained, Retaining, TimeSeriesStore

PART = "ingest"
TAKEN = (UpKind.FRAMES, UpKind.BACKFILL, UpKind.LEDGER, UpKind.SENML)
LONGEST_RETRY_S = 15.0
DRAIN_S = 5.0
HOUSE_STEP_S = 0.1
log = structlog.get_logger(__name__)


def _mqtt_link(settings: IngestSettings, will: Will) -> MqttLink:
    """A persistent session: what arrives at the broker while this worker is away waits there."""
    client_id = f"tempoband-ingest-{settings.worker}"
    return MqttLink(settings.mqtt, client_id, will=will, persistent=True, manual_ack=True)


def anyone(_bridge: str, _sensor: str) -> None:
    """The enrolment rule without records: whoever the broker lets in may speak for any sensor."""


class Ingest:
    """One worker over a range of shards. ``run`` until cancelled; cancelled, it drains what it holds."""

    def __init__(
        self,
        settings: IngestSettings,
        store: TimeSeriesStore,
        *,
        allowed: Allowed = anyone,
        kin: Kin = lambda _, __: False,
        health: Health | None = None,
        registry: CollectorRegistry | None = None,
        make_link: Callable[[IngestSettings, Will], MqttLink] | None = None,
    ) -> None:
        """Nothing is received before ``run``.

        Args:
            settings: what this worker takes, and from where.
            store: where it commits; this worker is its only writer.
            allowed: why a bridge may not speak for a sensor, if so.
            kin: whether one home may carry on a stream of another.
            health: told whether it connects and commits.
            registry: of its metrics.
            make_link: settings and last will to an MQTT connection.
        """
        self._settings = settings
        self._store = store
        self._batch = max(settings.window // 2, 1)
        self._register = Register(settings.folder)
        self._committer = Committer(
            store, self._register, Sorter(self._register.owner, allowed, self._register.packs(), kin)
        )
        self._health = health or Health()
        self._metrics = IngestMetrics(registry or CollectorRegistry())
        self._boot = secrets.token_hex(8)
        self._waiting: list[tuple[Delivery, Message]] = []
        self._waiting_bytes = 0
        self._committing: asyncio.Task[None] | None = None
        self._enough = asyncio.Event()
        self._accepting = True
        self._erased: set[tuple[str, int, int]] = set()
        self._topic = HEARTBEAT.format(worker=settings.worker)
        will = Will(self._topic, self._heartbeat(online=False), qos=1, retain=True)
        self._link = (make_link or _mqtt_link)(settings, will)
        for kind in TAKEN:
            for topic_filter in settings.shards.filters(f"up/+/+/{kind}"):
                self._link.subscribe(topic_filter, 1, self._on_message)
        self._link.on_connected(self._beat)
        self._link.on_disconnected(self._report)

    async def run(self) -> None:
        """Take, commit, receipt, until cancelled."""
        link = asyncio.create_task(self._link.run())
        beats = asyncio.create_task(self._keep_beating())
        house = asyncio.create_task(self._keep_house())
        try:
            while True:
                await self._wait_for_batch()
                await self._commit_waiting()
        finally:
            beats.cancel()
            house.cancel()
            await self._drain()
            link.cancel()
            await asyncio.gather(link, beats, house, return_exceptions=True)
            self._register.close()

    # -- taking -----------------------------------------------------------------------------------

    def _on_message(self, delivery: Delivery) -> None:
        if self._full:
            # Memory is bounded: without a receipt its bridge sends it again. Acknowledged, or the broker's
            # window would stay full of messages that nobody holds.
            self._metrics.dropped.inc()
            delivery.ack()
            return
        message = Message(delivery.topic, delivery.payload, time.time_ns() // 1000, again=delivery.again)
        self._waiting.append((delivery, message))
        self._waiting_bytes += len(delivery.payload)
        if len(self._waiting) >= self._batch:
            self._enough.set()

    @property
    def _full(self) -> bool:
        most = self._settings
        return len(self._waiting) >= most.most_waiting or self._waiting_bytes >= most.most_waiting_bytes

    async def _wait_for_batch(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.batch_s):
                await self._enough.wait()
        self._enough.clear()

    # -- committing -------------------------------------------------------------------------------

    async def _commit_waiting(self) -> None:
        batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
        self._metrics.waiting.set(len(batch))
        if batch:
            # Shielded: cancelling a commit halfway would leave its thread writing behind our back.
            self._committing = asyncio.create_task(self._finish(batch))
            await asyncio.shield(self._committing)

    async def _finish(self, batch: list[tuple[Delivery, Message]]) -> None:
        """From messages to receipts."""
        messages = [message for _, message in batch]
        outcome = await self._commit(messages)
        self._tell(outcome)
        for delivery, _ in batch:
            delivery.ack()
        lag_s = time.time() - messages[0].arrival_us / 1e6
        self._metrics.committed(outcome, len(messages), lag_s)

    async def _commit(self, messages: list[Message]) -> Outcome:
        """Commit, and try again for as long as the store is away."""
        pause_s = self._settings.store_retry_s
        while True:
            try:
                outcome = await asyncio.to_thread(self._committer.commit, messages)
            except (StorageError, IngestError) as error:
                self._metrics.store_failures.inc()
                self._set_accepting(accepting=False, why=str(error))
                log.warning("store cannot take a batch", why=str(error), retry_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_RETRY_S)
            else:
                self._set_accepting(accepting=True)
                return outcome

    def _tell(self, outcome: Outcome) -> None:
        """Receipts and events; without a connection the bridges send again and get them then."""
        with contextlib.suppress(MessagingError):
            for bridge, receipt in outcome.receipts:
                self._link.publish(receipts(bridge), encode_receipt(receipt), qos=1)
            for topic, payload in _events(outcome):
                self._link.publish(topic, payload, qos=0)

    async def _keep_house(self) -> None:
        """Let the store tidy up in short steps between the batches."""
        while True:
            more = False
            try:
                more = await asyncio.to_thread(self._tidy, time.time_ns() // 1000)
            except (StorageError, IngestError) as error:
                log.warning("store cannot be tidied", why=str(error))
            await asyncio.sleep(HOUSE_STEP_S if more else self._settings.house_s)

    def _tidy(self, now_us: int) -> bool:
        """One short step; whether there is more to do."""
        store = self._store
        self._forget_erased()
        if isinstance(store, Retaining) and (dropped := self._settings.retention.step(store, now_us)):
            log.info("old samples dropped", samples=dropped)
            return True
        return isinstance(store, Maintained) and store.maintain(now_us)

    def _forget_erased(self) -> None:
        """What was erased from the store must not live on among the dead letters."""
        stretches = set(self._store.erased())
        for stretch in stretches - self._erased:
            self._register.forget_erased(*stretch)
        self._erased = stretches

    async def _drain(self) -> None:
        """Commit what was taken. A store that is away gets a moment, no more: the bridges keep it all."""
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(DRAIN_S):
                if self._committing is not None:
                    await self._committing
                await self._commit_waiting()
        if self._committing is not None:
            self._committing.cancel()
        with contextlib.suppress(MessagingError, TimeoutError):
            async with asyncio.timeout(1):
                await self._link.publish(self._topic, self._heartbeat(online=False), qos=1, retain=True).acked

    # -- heartbeat --------------------------------------------------------------------------------

    def _heartbeat(self, *, online: bool = True) -> bytes:
        return Heartbeat(
            worker=self._settings.worker,
            boot=self._boot,
            shards=str(self._settings.shards),
            at_us=time.time_ns() // 1000,
            online=online,
            accepting=self._accepting,
        ).encode()

    def _beat(self) -> None:
        with contextlib.suppress(MessagingError):
            self._link.publish(self._topic, self._heartbeat(), qos=1, retain=True)
        self._report()

    async def _keep_beating(self) -> None:
        while True:
            self._beat()
            await asyncio.sleep(self._settings.heartbeat_s)

    def _set_accepting(self, *, accepting: bool, why: str = "") -> None:
        if accepting != self._accepting:
            self._accepting = accepting
            self._beat()
        self._report(why)

    def _report(self, why: str = "") -> None:
        running = self._link.connected and self._accepting
        self._health.set(PART, ok=running, detail=why or ("" if running else self._link.state))


def _events(outcome: Outcome) -> Iterator[tuple[str, bytes]]:
    for committed in outcome.committed:
        yield event(_shard(committed.bridge), committed.sensor, EventKind.COMMITTED), committed.encode()


@lru_cache(maxsize=4096)
def _shard(bridge: str) -> str:
    return shard_of(bridge)
