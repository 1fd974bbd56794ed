"""A bridge as ingest sees it: sends, keeps what has no receipt, sends it again."""

import asyncio
import contextlib
from collections.abc import Iterable

from tempoband.contracts import topics
from tempoband.contracts.events import Heartbeat
from tempoband.contracts.frame import Frame, digest, encode_frame
from tempoband.contracts.ranges import expand
from tempoband.contracts.receipts import Receipt, decode_receipt
from tempoband.contracts.topics import UpKind
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings


class Sender:
    """``spool`` maps (stream, seq), or the digest of anything else, to what has no receipt yet."""

    def __init__(self, settings: MqttSettings, bridge: str) -> None:
        self.bridge = bridge
        self.link = MqttLink(settings, f"bridge-{bridge}")
        self.link.subscribe(topics.receipts(bridge), 1, self._on_receipt)
        self.link.subscribe(topics.HEARTBEATS, 1, self._on_heartbeat)
        self.spool: dict[object, tuple[str, bytes]] = {}
        self.receipts: list[Receipt] = []
        self.heartbeats: list[Heartbeat] = []

    def _on_receipt(self, delivery: Delivery) -> None:
        receipt = decode_receipt(delivery.payload)
        self.receipts.append(receipt)
        for seq in expand(receipt.committed):
            self.spool.pop((receipt.stream, seq), None)
        for sha256 in [*(r.sha256 for r in receipt.rejected), *receipt.notes]:
            for key in [k for k, (_, payload) in self.spool.items() if digest(payload) == sha256]:
                del self.spool[key]

    def _on_heartbeat(self, delivery: Delivery) -> None:
        self.heartbeats.append(Heartbeat.model_validate_json(delivery.payload))

    def keep(self, sensor: str, frame: Frame) -> None:
        self.spool[frame.stream, frame.seq] = (
            topics.up(self.bridge, sensor, UpKind.FRAMES),
            encode_frame(frame),
        )

    def keep_raw(self, sensor: str, kind: UpKind, payload: bytes) -> None:
        self.spool[digest(payload)] = (topics.up(self.bridge, sensor, kind), payload)

    def send_spool(self) -> None:
        """Everything without a receipt, oldest first."""
        self._publish(list(self.spool.values()))

    def send(self, sensor: str, frames: Iterable[Frame]) -> None:
        for frame in frames:
            self.keep(sensor, frame)
            self._publish([self.spool[frame.stream, frame.seq]])

    def _publish(self, messages: list[tuple[str, bytes]]) -> None:
        with contextlib.suppress(MessagingError):  # the broker is away: later
            for message in messages:
                self.link.publish(*message)

    async def keep_sending(self, every_s: float = 0.5) -> None:
        """Like the real bridge, only less patient: again with back-off while the oldest gets no receipt."""
        oldest: object = None
        pause_s = every_s
        while True:
            if self.spool and next(iter(self.spool)) is oldest:
                pause_s = min(pause_s * 2, 8.0)
                self.send_spool()
            elif oldest is None:
                self.send_spool()
            else:
                pause_s = every_s
            oldest = next(iter(self.spool), None)
            await asyncio.sleep(pause_s)
