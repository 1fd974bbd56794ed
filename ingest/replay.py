"""Sends dead letters again, once what was wrong has been put right.

They go the ordinary way, as backfill: whatever ingest now commits leaves the register, what it refuses again
stays. A letter is only forgotten on a receipt, so that a broker that drops it loses nothing.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field

from ingest.register import DeadLetter, Register
from ingest.settings import IngestSettings
from ingest.sorting import topic_of
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import decode_frame
from tempoband.contracts.ranges import expand
from tempoband.contracts.receipts import Receipt, decode_receipt
from tempoband.contracts.topics import UpKind, receipts, up
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, Handler, MqttLink


@dataclass(slots=True)
class Replayed:
    """What became of the letters; those without an answer and those refused again are still there."""

    committed: int = 0
    refused: int = 0
    unanswered: int = 0
    skipped: int = 0  # nothing that could be sent: no bytes kept, or no topic of ours


@dataclass(slots=True)
class _Waiting:
    letters: dict[object, list[DeadLetter]] = field(default_factory=dict)

    def add(self, letter: DeadLetter) -> None:
        for key in _keys(letter):
            self.letters.setdefault(key, []).append(letter)

    def take(self, key: object) -> list[DeadLetter]:
        taken = self.letters.pop(key, [])
        for letter in taken:
            for other in _keys(letter):
                self.letters.pop(other, None)
        return taken


async def replay(
    settings: IngestSettings, reasons: Collection[RejectReason] = (), *, timeout_s: float = 30.0
) -> Replayed:
    """Send the dead letters of ``settings.folder`` again and wait for their receipts; ingest must be running.

    Args:
        settings: those of the ingest worker: its broker and its folder.
        reasons: only letters refused for these; all when empty.
        timeout_s: how long to wait for the last receipt.

    Raises:
        IngestError: the register cannot be opened or written.
    """
    result = Replayed()
    register = Register(settings.folder)
    waiting = _Waiting()
    settled = asyncio.Event()

    def on_receipt(delivery: Delivery) -> None:
        with contextlib.suppress(ContractError):
            _settle(decode_receipt(delivery.payload), waiting, register, result)
        if not waiting.letters:
            settled.set()

    try:
        chosen = [d for d in register.dead_letters() if not reasons or d.reason in reasons]
        sendable = [d for d in chosen if _can_be_sent(d)]
        result.skipped = len(chosen) - len(sendable)
        for letter in sendable:
            waiting.add(letter)
        if sendable:
            await _send(settings, sendable, on_receipt, settled, timeout_s)
        result.unanswered = len(sendable) - result.committed - result.refused
    finally:
        register.close()
    return result


async def _send(
    settings: IngestSettings,
    letters: list[DeadLetter],
    on_receipt: Handler,
    settled: asyncio.Event,
    timeout_s: float,
) -> None:
    link = MqttLink(settings.mqtt, f"tempoband-replay-{secrets.token_hex(4)}")
    for bridge in {topic_of(letter.topic).bridge for letter in letters}:
        link.subscribe(receipts(bridge), 1, on_receipt)
    connected = asyncio.Event()
    link.on_connected(connected.set)
    running = asyncio.create_task(link.run())
    try:
        with contextlib.suppress(TimeoutError, MessagingError):
            async with asyncio.timeout(timeout_s):
                await connected.wait()
                for letter in letters:
                    await link.publish(_topic(letter), letter.payload)
                await settled.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _settle(receipt: Receipt, waiting: _Waiting, register: Register, result: Replayed) -> None:
    keys: list[object] = [(receipt.stream, seq) for seq in expand(receipt.committed)]
    for letter in [d for key in [*keys, *receipt.notes] for d in waiting.take(key)]:
        register.forget(letter)
        result.committed += 1
    for letter in [d for rejected in receipt.rejected for d in waiting.take(rejected.sha256)]:
        if _topic(letter) != letter.topic:
            register.forget(letter)  # ingest has just kept it anew, under the topic it was sent on
        result.refused += 1


def _keys(letter: DeadLetter) -> list[object]:
    """By what a receipt may name it: its digest, and stream and seq where it is a frame.

    Not so for a conflict: there stream and seq also name the frame it is in conflict with.
    """
    with contextlib.suppress(ContractError):
        if letter.reason is RejectReason.CONFLICT:
            return [letter.sha256]
        frame = decode_frame(letter.payload)
        return [letter.sha256, (frame.stream, frame.seq)]
    return [letter.sha256]


def _can_be_sent(letter: DeadLetter) -> bool:
    try:
        return bool(letter.payload) and topic_of(letter.topic).kind is not UpKind.SENML
    except ContractError:
        return False


def _topic(letter: DeadLetter) -> str:
    """Frames go as backfill: no live viewer shall see them."""
    topic = topic_of(letter.topic)
    return up(topic.bridge, topic.sensor, UpKind.BACKFILL) if topic.kind is UpKind.FRAMES else letter.topic
