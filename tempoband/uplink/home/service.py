"""The home's link to its clinic: says hello, sends what the clinic does not have, tells how it stands."""

import asyncio
import contextlib
import time

import structlog
from pydantic import ValidationError

from tempoband import __version__
from tempoband.contracts.errors import ContractError
from tempoband.contracts.events import BridgeStatus
from tempoband.contracts.homes import (
    CHECKED_SINCE,
    PROTOCOL_MAX,
    PROTOCOL_MIN,
    ClinicLink,
    Hello,
    LinkState,
    Welcome,
)
from tempoband.contracts.ledger import Mark
from tempoband.contracts.receipts import decode_receipt
from tempoband.contracts.topics import DownKind, OwnKind, down, own
from tempoband.messaging import link as mqtt
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import MqttLink, Will
from tempoband.observability.health import Health
from tempoband.storage.records import Records
from tempoband.storage.timeseries.base import TimeSeriesStore
from tempoband.uplink.home.credential import ClinicCredential
from tempoband.uplink.home.delivery import Delivery, Pace
from tempoband.uplink.home.frames import FrameSender
from tempoband.uplink.home.live import LiveWay
from tempoband.uplink.home.records import RecordsAtHome

PART = "clinic"
_STATUS_S = 5.0
_HELLO_AGAIN_S = 15.0
_HELLO_LINKED_S = 600.0
_DAY_US = 24 * 3600 * 1_000_000
log = structlog.get_logger(__name__)


class HomeUplink:
    """Runs beside the chain of a home; nothing of the chain waits for it."""

    def __init__(
        self,
        credential: ClinicCredential,
        store: TimeSeriesStore,
        records: Records,
        *,
        health: Health | None = None,
        simulated: bool = False,
        pace: Pace | None = None,
    ) -> None:
        """Nothing is sent before ``run``.

        Args:
            credential: where the clinic is, and who this home is to it.
            store: the home's own samples.
            records: the home's own records.
            health: told whether the clinic is reached.
            simulated: whether the wearers are virtual.
            pace: how fast to send.
        """
        self._home = credential.home
        self._clinic, self._url = credential.clinic_name, credential.url
        self._store = store
        self._simulated = simulated
        self._health = health or Health()
        self._lost: int | None = None
        self.state, self.words = LinkState.CONNECTING, ""
        topic = own(self._home, OwnKind.STATUS)
        will = Will(topic, self._status(online=False), qos=1, retain=True)
        self._link = MqttLink(credential.mqtt(), self._home, will=will)
        pace = pace or Pace()
        self._delivery = Delivery(self._publish, pace)
        self.live = LiveWay(self._home, self._link, self._delivery.make_way)
        self._frames = FrameSender(
            self._home,
            store,
            records,
            self._delivery,
            mark_every_s=pace.mark_every_s,
            on_news=self._tell,
            ask_again=lambda: self._say_hello(again=True),
        )
        self._records = RecordsAtHome(self._home, records, store, self._delivery, self._publish)
        self._link.subscribe(down(self._home, DownKind.RECEIPTS), 1, self._on_receipt)
        self._link.subscribe(down(self._home, DownKind.RECORDS), 1, self._on_record)
        self._link.subscribe(down(self._home, DownKind.WELCOME), 1, self._on_welcome)
        self._link.on_connected(self._say_hello)
        self._link.on_disconnected(self._on_lost)

    async def run(self) -> None:
        """Until cancelled."""
        self._health.expect(PART)
        runs = (self._link.run(), self._frames.run(), self._records.run(), self._keep_telling())
        tasks = [asyncio.create_task(each) for each in runs]
        try:
            await asyncio.gather(*tasks)
        finally:
            await self._say_goodbye()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def link(self) -> ClinicLink:
        """How this home stands with its clinic, for its page."""
        return ClinicLink(
            state=self.state,
            clinic_name=self._clinic,
            url=self._url,
            words=self.words,
            waiting_frames=self._waiting(),
        )

    def _publish(self, topic: str, payload: bytes) -> object:
        return self._link.publish(topic, payload, qos=1)

    def _say_hello(self, *, again: bool = False) -> None:
        hello = Hello(
            home=self._home,
            version=__version__,
            protocol_min=PROTOCOL_MIN,
            protocol_max=PROTOCOL_MAX,
            again=again,
        )
        with contextlib.suppress(MessagingError):
            self._link.publish(own(self._home, OwnKind.HELLO), hello.encode(), qos=1)

    def _on_welcome(self, delivery: mqtt.Delivery) -> None:
        try:
            welcome = Welcome.model_validate_json(delivery.payload)
        except ValidationError:
            log.warning("welcome_refused", topic=delivery.topic)
            return
        if welcome.ok:
            self.state, self.words = LinkState.LINKED, ""
            if (welcome.protocol or 0) >= CHECKED_SINCE:
                self._frames.heard(_mark(welcome))
            self._delivery.open()
            self.live.open()
            self._tell()
        else:
            self.state, self.words = LinkState.REFUSED, welcome.words
            self._shut()
        self._report()

    def _on_lost(self) -> None:
        self.state, self.words = LinkState.CONNECTING, self._link.state
        self._shut()
        self._report()

    def _shut(self) -> None:
        self._delivery.shut()
        self.live.shut()

    def _on_receipt(self, delivery: mqtt.Delivery) -> None:
        try:
            self._delivery.took(decode_receipt(delivery.payload))
        except ContractError as error:
            log.warning("receipt_refused", why=str(error))

    def _on_record(self, delivery: mqtt.Delivery) -> None:
        self._records.took(delivery.payload)

    async def _keep_telling(self) -> None:
        """The state every few seconds; a clinic that did not answer is greeted again now and then.

        One that did is greeted too: its samples may be restored while the broker goes on.
        """
        hello_s = 0.0
        while True:
            await asyncio.sleep(_STATUS_S)
            hello_s += _STATUS_S
            linked = self.state is LinkState.LINKED
            if linked:
                self._lost = await asyncio.to_thread(self._lately_lost)
                self._tell()
            if self._link.connected and hello_s >= (_HELLO_LINKED_S if linked else _HELLO_AGAIN_S):
                hello_s = 0.0
                self._say_hello()
            self._report()

    def _tell(self) -> None:
        with contextlib.suppress(MessagingError):
            self._link.publish(own(self._home, OwnKind.STATUS), self._status(), qos=1, retain=True)

    def _status(self, *, online: bool = True) -> bytes:
        return BridgeStatus(
            bridge=self._home,
            online=online,
            at_us=time.time_ns() // 1000,
            version=__version__,
            spool_frames=self._waiting(),
            lost_samples=self._lost,
            catching_up=hasattr(self, "_frames") and self._frames.catching_up,
            simulated=self._simulated,
        ).encode()

    def _waiting(self) -> int:
        return self._frames.waiting if hasattr(self, "_frames") else 0

    def _lately_lost(self) -> int | None:
        """Samples lost before the record in the last week; None where no sensor can tell."""
        now_us = time.time_ns() // 1000
        told = [
            info.lost_samples
            for sensor in self._store.sensors()
            for info in self._store.streams(sensor, now_us - 7 * _DAY_US, now_us)
            if info.lost_samples is not None
        ]
        return sum(told) if told else None

    def _report(self) -> None:
        linked = self.state is LinkState.LINKED
        waits = f"linked with {self._clinic}; {self._frames.waiting} frames wait"
        self._health.set(PART, ok=linked, detail=waits if linked else self.words or self._link.state)

    async def _say_goodbye(self) -> None:
        with contextlib.suppress(MessagingError, TimeoutError):
            async with asyncio.timeout(1):
                topic = own(self._home, OwnKind.STATUS)
                await self._link.publish(topic, self._status(online=False), qos=1, retain=True).acked


def _mark(welcome: Welcome) -> Mark | None:
    return None if welcome.spool is None else Mark(welcome.spool, welcome.position, welcome.documents)
