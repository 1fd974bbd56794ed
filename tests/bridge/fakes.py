"""A broker, a connection and an ingest in memory, on whatever clock the loop has."""

import asyncio
import contextlib
import functools
import hashlib
from collections import Counter, deque

import numpy as np
import paho.mqtt.client as paho

from tempoband.contracts import topics
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.events import Heartbeat
from tempoband.contracts.frame import decode_frame
from tempoband.contracts.ledger import decode_note
from tempoband.contracts.ranges import to_ranges
from tempoband.contracts.receipts import Receipt, Rejected, encode_receipt
from tempoband.contracts.topics import UpKind
from tempoband.messaging.errors import NotConnected
from tempoband.messaging.link import Delivery, Publication

DELAY_S = 0.005
matches = functools.lru_cache(paho.topic_matches_sub)


class Hub:
    """Routes like a broker; ``online`` and ``deaf`` are what a test does to it."""

    def __init__(self):
        self.online = True
        self.deaf = False  # takes messages and acknowledges nothing
        self.lossy = lambda _topic: False  # acknowledges and forgets, as a killed broker does
        self.retained = {}
        self.links = []
        self.sent = []  # (time, topic, payload)

    def go_offline(self):
        self.online = False
        for link in tuple(self.links):
            link.drop()

    def publish(self, topic, payload, retain):
        self.sent.append((asyncio.get_running_loop().time(), topic, payload))
        if retain:
            self.retained[topic] = payload
        if not self.lossy(topic):
            for link in self.links:
                link.deliver(topic, payload, retain=False)


class FakeLink:
    """The interface of MqttLink over the hub."""

    def __init__(self, hub, client_id, will=None):
        self._hub, self._id, self._will = hub, client_id, will
        self._subscriptions, self._up, self._down = [], [], []
        self._lost = asyncio.Event()
        self._pending = set()
        self._under_way = deque()
        self.connected = False
        self.state = "not started"

    def on_connected(self, callback):
        self._up.append(callback)

    def on_disconnected(self, callback):
        self._down.append(callback)

    def subscribe(self, topic_filter, qos, handler):
        del qos
        self._subscriptions.append((topic_filter, handler))

    def publish(self, topic, payload, qos=1, retain=False):
        del qos
        if not self.connected:
            raise NotConnected
        acked = asyncio.get_running_loop().create_future()
        self._pending.add(acked)
        if not self._hub.deaf:
            # Timers of one instant do not fire in the order they were set: each takes the oldest.
            self._under_way.append((topic, payload, retain, acked))
            asyncio.get_running_loop().call_later(DELAY_S, self._arrive)
        return Publication(acked)

    def _arrive(self):
        topic, payload, retain, acked = self._under_way.popleft()
        if self.connected and not acked.done():
            self._hub.publish(topic, payload, retain)
            self._pending.discard(acked)
            acked.set_result(None)

    def deliver(self, topic, payload, *, retain):
        for topic_filter, handler in self._subscriptions:
            if matches(topic_filter, topic):
                handler(Delivery(topic, payload, 1, retain))

    def drop(self):
        self.connected = False
        self._lost.set()

    async def run(self):
        try:
            while True:
                while not self._hub.online:  # noqa: ASYNC110 - virtual time
                    await asyncio.sleep(0.5)
                await self._session()
        finally:
            self._leave()

    async def _session(self):
        self._lost.clear()
        self.connected = True
        self._hub.links.append(self)
        for topic, payload in tuple(self._hub.retained.items()):
            self.deliver(topic, payload, retain=True)
        for callback in self._up:
            callback()
        await self._lost.wait()
        self._leave()

    def _leave(self):
        self.connected = False
        if self in self._hub.links:
            self._hub.links.remove(self)
        for acked in self._pending:
            if not acked.done():
                acked.set_exception(NotConnected())
                acked.exception()
        self._pending.clear()
        for callback in self._down:
            callback()


class FakeIngest:
    """Commits, rejects and receipts by the contract; its store is a dictionary that tests read."""

    def __init__(self, link, *, bridge="test"):
        self.link, self._bridge = link, bridge
        self.link.subscribe("tempoband/v1/+/up/+/+/+", 1, self._on_up)
        self.frames = {}  # (sensor, stream, seq): payload
        self._decoded = {}
        self.notes = {}
        self.dead = []
        self.took = Counter()  # by kind of topic
        self.boot = "boot-1"
        self.accepting = True
        self.receipts = True
        self.wrong_sensors = set()
        self.held_elsewhere = False
        self._batch = []
        self._tasks = []

    def start(self):
        self._tasks = [
            asyncio.create_task(self.link.run()),
            asyncio.create_task(self._beat()),
            asyncio.create_task(self._commit()),
        ]

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _on_up(self, delivery):
        topic = topics.parse_up(delivery.topic)
        if topic.kind in (UpKind.FRAMES, UpKind.BACKFILL, UpKind.LEDGER):
            self.took[topic.kind] += 1
            self._batch.append((topic, delivery.payload))

    async def _beat(self):
        while True:
            beat = Heartbeat(worker="w", boot=self.boot, shards="00-ff", at_us=0, accepting=self.accepting)
            with contextlib.suppress(NotConnected):
                self.link.publish(topics.HEARTBEAT.format(worker="w"), beat.encode(), retain=True)
            await asyncio.sleep(3)

    async def _commit(self):
        while True:
            await asyncio.sleep(0.25)
            batch, self._batch = self._batch, []
            receipts = self._settle(batch)
            for receipt in receipts if self.receipts else ():
                with contextlib.suppress(NotConnected):
                    self.link.publish(topics.receipts(self._bridge), encode_receipt(receipt))

    def _settle(self, batch):
        """Commit; one receipt a stream, as the real one."""
        committed, others = {}, []
        for topic, payload in batch:
            sha = hashlib.sha256(payload).digest()
            try:
                if topic.kind is UpKind.LEDGER:
                    self.notes[sha] = decode_note(payload)
                    others.append(Receipt(None, notes=(sha,)))
                else:
                    frame = self._checked(topic.sensor, payload)
                    committed.setdefault(frame.stream, []).append(frame.seq)
            except ContractError as error:
                self.dead.append((error.reason, payload))
                others.append(Receipt(None, rejected=(Rejected(sha, error.reason),)))
        return [Receipt(stream, committed=to_ranges(seqs)) for stream, seqs in committed.items()] + others

    def _checked(self, sensor, payload):
        if self.held_elsewhere:
            raise ContractError(RejectReason.OWNED_ELSEWHERE, "another bridge holds it")
        if sensor in self.wrong_sensors:
            raise ContractError(RejectReason.WRONG_SENSOR, "not of this bridge")
        frame = decode_frame(payload)
        self._decoded.setdefault((sensor, frame.stream, frame.seq), frame)
        if self.frames.setdefault((sensor, frame.stream, frame.seq), payload) != payload:
            raise ContractError(RejectReason.CONFLICT, "other bytes")
        return frame

    # -- what tests read -------------------------------------------------------------------------------

    def of(self, sensor="progressor_0000"):
        """Frames of a sensor in order of time."""
        frames = [self._decoded[key] for key in self.frames if key[0] == sensor]
        return sorted(frames, key=lambda f: (f.t0_us, f.seq))

    def counts(self, sensor="progressor_0000"):
        return np.concatenate([f.counts for f in self.of(sensor)] or [[]]).astype(int).tolist()

    def times_us(self, sensor="progressor_0000"):
        return np.concatenate([f.time_us for f in self.of(sensor)])

    def lost(self, sensor="progressor_0000"):
        return sum(f.lost for f in self.of(sensor))

    def streams(self, sensor="progressor_0000"):
        return list(dict.fromkeys(f.stream for f in self.of(sensor)))
