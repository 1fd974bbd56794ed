"""The clinic's side of its homes: answers their hello and keeps how they stand."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog
from pydantic import ValidationError

from tempoband import __version__
from tempoband.contracts.errors import ContractError
from tempoband.contracts.events import BridgeStatus
from tempoband.contracts.homes import Hello, Welcome, agree
from tempoband.contracts.ledger import Mark
from tempoband.contracts.topic_rules import Holder
from tempoband.contracts.topics import ROOT, DownKind, OwnKind, down, parse_own
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.observability.health import Health
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, RecordsError, bridges, clinics, sync
from tempoband.storage.records.bridges import Bridge, Standing
from tempoband.uplink.clinic.records import RecordsAtClinic

PART = "homes"
_MOST_WAITING = 10_000
_RETRY_S = 2.0
_LOOK_S = 1.0
_NEWS_S = 10.0  # an unchanged state is kept again this often, as a sign of life
log = structlog.get_logger(__name__)


Taker = Callable[[str, Bridge, bytes], list[tuple[str, bytes]]]
"""Clinic, sender and payload to what is answered: topics and payloads."""
MarkOf = Callable[[str], Mark | None]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a bridge or home about itself."""

    bridge: str
    kind: OwnKind
    payload: bytes


class ClinicUplink:
    """Takes what homes say one after the other, in a thread beside the loop."""

    def __init__(
        self, mqtt: MqttSettings, records: Records, mark_of: MarkOf, *, health: Health | None = None
    ) -> None:
        """Nothing is received before ``run``; ``mark_of`` reads how far a home has come, by the samples."""
        self._records = records
        self._mark_of = mark_of
        self._health = health or Health()
        self._queue: asyncio.Queue[Heard] = asyncio.Queue(_MOST_WAITING)
        self._kept: dict[str, tuple[float, Standing]] = {}
        self._documents = RecordsAtClinic(records)
        self._turn = asyncio.Lock()  # the records of homes are one thread's at a time
        self.malformed = 0
        self._link = MqttLink(mqtt, f"uplink-{secrets.token_hex(4)}")
        self._link.on_connected(self._report)
        self._link.on_disconnected(self._report)
        self._takers: dict[OwnKind, Taker] = {
            OwnKind.HELLO: self._hello,
            OwnKind.STATUS: self._status,
            OwnKind.RECORDS: self._record,
            OwnKind.RECEIPTS: self._receipt,
        }
        for kind in self._takers:
            self._link.subscribe(f"{ROOT}/+/up/+/{kind}", 1, self._on_message)

    async def run(self) -> None:
        """Until cancelled."""
        self._health.expect(PART)
        tasks = [asyncio.create_task(each) for each in (self._link.run(), self._keep_sending())]
        try:
            while True:
                await self._take(await self._queue.get())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_sending(self) -> None:
        """What waits for homes goes down, once a second."""
        while True:
            try:
                async with self._turn:
                    waiting = await asyncio.to_thread(self._documents.due)
                self._answer(waiting)
                await asyncio.sleep(_LOOK_S)
            except (StorageError, RecordsError) as error:
                log.warning("records_away", why=str(error))
                await asyncio.sleep(_RETRY_S)

    def _answer(self, messages: list[tuple[str, bytes]]) -> None:
        with contextlib.suppress(MessagingError):  # without an answer they ask again
            for topic, payload in messages:
                self._link.publish(topic, payload, qos=1)

    def _on_message(self, delivery: Delivery) -> None:
        try:
            bridge, kind = parse_own(delivery.topic)
            self._queue.put_nowait(Heard(bridge, kind, delivery.payload))
        except (ContractError, asyncio.QueueFull) as error:  # a home sends again what has no answer
            self._refuse(delivery.topic, error)

    async def _take(self, heard: Heard) -> None:
        while True:
            try:
                async with self._turn:
                    answers = await asyncio.to_thread(self._work, heard)
            except StorageError as error:
                log.warning("records_away", why=str(error))
                await asyncio.sleep(_RETRY_S)
                continue
            self._answer(answers)
            return

    def _work(self, heard: Heard) -> list[tuple[str, bytes]]:
        """What one message leads to: rows, and answers to publish."""
        if not heard.payload:
            return []
        with self._records.read() as session:
            found = bridges.admitted(session).get(heard.bridge)
        if found is None:
            return []
        try:
            return self._takers[heard.kind](*found, heard.payload)
        except StorageError:
            raise
        except (ValidationError, ContractError, RecordsError) as error:
            self._refuse(heard.bridge, error)
        except Exception:
            # Whatever a home sends, the others must go on being heard.
            log.exception("home_message_failed", bridge=heard.bridge, kind=str(heard.kind))
            self.malformed += 1
        return []

    def _hello(self, clinic_id: str, bridge: Bridge, payload: bytes) -> list[tuple[str, bytes]]:
        hello = Hello.model_validate_json(payload)
        if bridge.holder is not Holder.HOME or hello.home != bridge.id:
            return []
        protocol, reason, words = agree(hello, __version__)
        try:
            mark = self._mark_of(bridge.id)
        except StorageError as error:  # without a welcome nothing is sent, and the home asks again
            log.warning("samples_away", why=str(error))
            return []
        with self._records.write() as session:
            clinic = clinics.get(session, clinic_id)
            bridges.greeted(
                session,
                clinic_id,
                bridge.id,
                version=hello.version,
                protocol=protocol,
                refused=words or None,
            )
            if hello.again:
                sync.doubt(session, clinic_id, bridge.id)
        if protocol is not None:
            self._documents.link(bridge.id, clinic_id)
        welcome = Welcome(
            home=bridge.id,
            ok=protocol is not None,
            version=__version__,
            protocol=protocol,
            clinic_name=clinic.name,
            reason=reason,
            words=words,
            spool=mark.spool if mark else None,
            position=mark.position if mark else 0,
            documents=mark.documents if mark else 0,
        )
        return [(down(bridge.id, DownKind.WELCOME), welcome.encode())]

    def _record(self, clinic_id: str, bridge: Bridge, payload: bytes) -> list[tuple[str, bytes]]:
        return self._documents.took(clinic_id, bridge.id, payload) if bridge.holder is Holder.HOME else []

    def _receipt(self, _: str, bridge: Bridge, payload: bytes) -> list[tuple[str, bytes]]:
        self._documents.receipted(bridge.id, payload)
        return []

    def _status(self, clinic_id: str, bridge: Bridge, payload: bytes) -> list[tuple[str, bytes]]:
        told = BridgeStatus.model_validate_json(payload)
        if told.bridge != bridge.id:
            return []
        standing = Standing(
            online=told.online,
            seen_us=0,
            version=told.version[:64],
            waiting_frames=told.spool_frames if told.online else bridge.waiting_frames,
            lost_samples=told.lost_samples,
            catching_up=told.catching_up if told.online else bridge.catching_up_us is not None,
        )
        if not told.online:
            self._documents.unlink(bridge.id)
        kept_s, kept = self._kept.get(bridge.id, (float("-inf"), None))
        if standing == kept and time.monotonic() - kept_s < _NEWS_S:
            return []
        # A goodbye or last will may be read long after: it is no sign of life.
        seen_us = time.time_ns() // 1000 if told.online else bridge.last_seen_us or told.at_us
        with self._records.write() as session:
            bridges.saw(session, clinic_id, bridge.id, replace(standing, seen_us=seen_us))
        self._kept[bridge.id] = (time.monotonic(), standing)
        return []

    def _refuse(self, whose: str, error: Exception) -> None:
        self.malformed += 1
        log.warning("home_message_refused", whose=whose, error=type(error).__name__)

    def _report(self) -> None:
        connected = self._link.connected
        self._health.set(PART, ok=connected, detail="" if connected else self._link.state)
