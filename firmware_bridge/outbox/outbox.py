"""What leaves the bridge: every frame to the spool first, live while fresh, replayed until receipted."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from firmware_bridge.errors import SpoolError
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.frames.stream import Cut
from firmware_bridge.outbox.inflight import InFlight
from firmware_bridge.outbox.recipient import Recipient
from firmware_bridge.settings import BridgeSettings
from firmware_bridge.spool.items import Identity, Spooled, spooled
from firmware_bridge.spool.spool import Spool
from tempoband.contracts import topics
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.events import Heartbeat
from tempoband.contracts.frame import digest
from tempoband.contracts.ranges import to_ranges
from tempoband.contracts.receipts import Receipt, decode_receipt
from tempoband.contracts.topics import UpKind
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink

PUMP_S = 0.1
LAG_TICKS = 20
_ELSEWHERE_S = 60.0  # after so long without a refusal it is ours again
UNSAVED_MOST = 2400  # frames kept in memory while the disk refuses: some minutes of eight sensors
log = structlog.get_logger()


@dataclass(slots=True)
class OutboxTally:
    """Frames by what became of them."""

    live: int = 0
    replayed: int = 0
    receipted: int = 0
    rejected: int = 0
    unsaved_samples: int = 0


class Outbox:
    """Spool and MQTT behind one door."""

    def __init__(
        self, settings: BridgeSettings, spool: Spool, link: MqttLink, now: Callable[[], HostTime]
    ) -> None:
        self._settings = settings
        self._spool = spool
        self._link = link
        self._now = now
        self._recipient = Recipient(topics.shard_of(settings.id), settings.heartbeat_timeout_s)
        waits = (settings.resend_after_s, settings.resend_most_s)
        self._frames: InFlight[Identity] = InFlight(*waits)
        self._notes: InFlight[bytes] = InFlight(*waits)
        self._unsaved: list[Spooled] = []
        self._live_unacked = 0
        self._allowance = 0.0
        self.tally = OutboxTally()
        self._elsewhere_s: dict[str, float] = {}  # by stream: when one was refused for another bridge last
        self.disk_problem = ""
        self.lag_s = 0.0  # age of the oldest frame without a receipt
        link.on_disconnected(self._on_disconnected)
        link.subscribe(topics.receipts(settings.id), 1, self._on_receipt)
        link.subscribe(topics.HEARTBEATS, 1, self._on_heartbeat)

    @property
    def recipient_ready(self) -> bool:
        """Whether ingest commits now."""
        return self._recipient.accepting(self._now_s())

    def accept(self, sensor: str, cut: Cut) -> None:
        """Take frames: to disk, then to the air. A failing disk keeps them in memory for a while."""
        frames = [spooled(sensor, frame) for frame in cut.frames]
        self._save(frames, held=not cut.final)
        if cut.final:
            for frame in frames:
                self._publish_live(frame)

    def end_stream(self, stream: str) -> None:
        """A stream is over. With frames of it still unsaved, the next start closes it in the ledger."""
        if any(frame.stream == stream for frame in self._unsaved):
            return
        try:
            self._spool.end_stream(stream)
        except SpoolError as error:
            log.warning("stream_not_closed", stream=stream, error=str(error))

    def end_us(self, sensor: str) -> int:
        """When the sensor's newest sample was, UTC microseconds; 0 if it never had one."""
        unsaved = (frame.end_us for frame in self._unsaved if frame.sensor == sensor)
        return max(self._spool.end_us(sensor), max(unsaved, default=0))

    def _save(self, frames: list[Spooled], *, held: bool) -> None:
        waiting, self._unsaved = self._unsaved, []
        try:
            while waiting:
                self._spool.append(waiting[:1])
                del waiting[0]
            self._spool.append(frames, held=held)
            self.disk_problem = ""
        except SpoolError as error:
            if not self.disk_problem:
                log.warning("spool_failed", error=str(error))
            self.disk_problem = str(error)
            self._keep_unsaved(waiting + ([] if held else frames))  # held frames come again

    def _keep_unsaved(self, frames: list[Spooled]) -> None:
        self._unsaved = frames[-UNSAVED_MOST:]
        self.tally.unsaved_samples += sum(f.samples for f in frames[:-UNSAVED_MOST])

    def _publish_live(self, frame: Spooled) -> None:
        host = self._now()
        fresh = host.utc_us - frame.end_us <= self._settings.fresh_s * 1e6
        if not fresh or not self._link.connected or self._live_unacked >= self._settings.live_unacked:
            return
        if self._send(frame, UpKind.FRAMES, credit=False):
            self.tally.live += 1

    def _send(self, frame: Spooled, kind: UpKind, *, credit: bool) -> bool:
        topic = topics.up(self._settings.id, frame.sensor, kind)
        try:
            publication = self._link.publish(topic, frame.payload, qos=1)
        except MessagingError:
            return False
        now_s = self._now_s()
        if self._recipient.accepting(now_s):
            self._frames.at(now_s).sent(frame.identity, digest(frame.payload), credit=credit)
        self._live_unacked += not credit
        publication.acked.add_done_callback(
            lambda done: self._on_acked(done, frame.identity, live=not credit)
        )
        return True

    def _on_acked(self, done: "asyncio.Future[None]", identity: Identity, *, live: bool) -> None:
        self._live_unacked -= live
        if done.cancelled() or done.exception() is not None:
            self._frames.at(self._now_s()).overdue_now(identity)

    def _on_disconnected(self) -> None:
        """Receipts that came meanwhile are lost: send again as soon as ingest is heard again."""
        now_s = self._now_s()
        self._recipient.lose_sight()
        self._frames.at(now_s).all_overdue_now()
        self._notes.at(now_s).all_overdue_now()

    def _on_heartbeat(self, delivery: Delivery) -> None:
        if delivery.retain:  # what the broker remembers says nothing about now
            return
        with suppress(ValueError):
            beat = Heartbeat.model_validate_json(delivery.payload)
            now_s = self._now_s()
            if self._recipient.hear(beat, now_s):
                self._frames.at(now_s).all_overdue_now()
                self._notes.at(now_s).all_overdue_now()

    def _on_receipt(self, delivery: Delivery) -> None:
        try:
            receipt = decode_receipt(delivery.payload)
        except ContractError as error:
            log.warning("receipt_unreadable", error=str(error))
            return
        with suppress(SpoolError):  # it comes again when the frames are sent again
            self._settle(receipt)

    def _settle(self, receipt: Receipt) -> None:
        if receipt.stream is not None and receipt.committed:
            self.tally.receipted += self._spool.commit(receipt.stream, receipt.committed)
            self._frames.done_where(
                lambda key: key[0] == receipt.stream and any(a <= key[1] <= b for a, b in receipt.committed)
            )
        refused = [r.sha256 for r in receipt.rejected]
        for rejected in receipt.rejected:
            self._drop(rejected.sha256, str(rejected.reason))
        if receipt.notes or refused:
            self._spool.commit_notes([*receipt.notes, *refused])
            for sha256 in (*receipt.notes, *refused):
                self._notes.done(sha256)

    def owned_elsewhere(self, stream: str) -> bool:
        """Whether frames of this stream were refused lately because another bridge's are stored."""
        return self._now_s() - self._elsewhere_s.get(stream, float("-inf")) < _ELSEWHERE_S

    def _drop(self, sha256: bytes, reason: str) -> None:
        """A refused frame leaves the spool: sending it again would not mend it."""
        identity = self._frames.named(sha256)
        log.warning("frame_refused", reason=reason, known=identity is not None)
        if identity is not None:
            stream, seq = identity
            if reason == RejectReason.OWNED_ELSEWHERE:
                known = [each for each in self._elsewhere_s if self.owned_elsewhere(each)]
                self._elsewhere_s = {each: self._elsewhere_s[each] for each in known} | {
                    stream: self._now_s()
                }
            self.tally.rejected += self._spool.commit(stream, to_ranges([seq]))
            self._frames.done(identity)

    async def run(self) -> None:
        """Replay what has no receipt, oldest first, at a bounded rate, while somebody commits."""
        tick = 0
        while True:
            await asyncio.sleep(PUMP_S)
            tick += 1
            if tick % LAG_TICKS == 0:
                self._measure_lag()
            if self._link.connected and self.recipient_ready:
                with suppress(SpoolError):
                    self._pump()

    def _measure_lag(self) -> None:
        oldest = self._spool.oldest(1)
        self.lag_s = (self._now().utc_us - oldest[0].end_us) / 1e6 if oldest else 0.0

    def _pump(self) -> None:
        now_s = self._now_s()
        self._pump_notes(now_s)
        rate = self._settings.backfill_frames_per_s
        self._allowance = min(self._allowance + rate * PUMP_S, max(rate, 1.0))
        flying = self._frames.at(now_s)
        limit = min(int(self._allowance), self._settings.credit_frames - flying.credit_used())
        if limit <= 0 or self._spool.frames <= flying.waiting():
            return
        for frame in self._spool.oldest(limit, skip=flying):
            if not self._send(frame, UpKind.BACKFILL, credit=True):
                break
            self._allowance -= 1
            self.tally.replayed += 1

    def _pump_notes(self, now_s: float) -> None:
        for note in self._spool.notes(self._settings.credit_frames, skip=self._notes.at(now_s)):
            topic = topics.up(self._settings.id, note.sensor, UpKind.LEDGER)
            with suppress(MessagingError):
                self._link.publish(topic, note.payload, qos=1)
                self._notes.sent(note.sha256, note.sha256, credit=False)

    def _now_s(self) -> float:
        return self._now().mono_us / 1e6
