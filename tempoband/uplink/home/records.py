"""Records at home: what changed here goes up, what the clinic changed is taken in, orders are carried out."""

import asyncio
import time
from collections.abc import Callable

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.documents import Document, decode_document, encode_document
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import digest
from tempoband.contracts.receipts import Receipt, Rejected, encode_receipt
from tempoband.contracts.topics import OwnKind, own
from tempoband.messaging.errors import MessagingError
from tempoband.storage.erasure import Orderer, erase_person, erase_stretch
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, RecordsError, cursors, devices, people, sync
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.records.orders import OrderKind
from tempoband.storage.records.tables import AssignmentRow, DeviceRow
from tempoband.storage.timeseries.base import Eraser
from tempoband.uplink.exchange import Exchange
from tempoband.uplink.home.delivery import Delivery, Parcel
from tempoband.uplink.kinds import BY_CLINIC, Side

LOOK_S = 1.0
_PATIENCE_S = 10.0
_RETRY_S = 5.0
ORDER, ERASED_HERE = "order", "erased_here"
Publish = Callable[[str, bytes], object]
log = structlog.get_logger(__name__)


class RecordsAtHome:
    """Both directions; ``run`` looks once a second, ``took`` is handed what comes down."""

    def __init__(
        self, home: str, records: Records, samples: Eraser, delivery: Delivery, publish: Publish
    ) -> None:
        self._home = home
        self._records = records
        self._samples = samples
        self._delivery = delivery
        self._publish = publish
        self._exchange = Exchange(Side.HOME, LOCAL_CLINIC, home)
        self._came: asyncio.Queue[bytes] = asyncio.Queue(10_000)

    def took(self, payload: bytes) -> None:
        """A document or an order came; when too many wait it is sent again."""
        if not self._came.full():
            self._came.put_nowait(payload)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take_all())
            group.create_task(self._send_all())

    async def _send_all(self) -> None:
        while True:
            try:
                await self._send_once()
                await asyncio.sleep(LOOK_S)
            except (StorageError, RecordsError) as error:
                log.warning("records_not_sent", why=str(error))
                await asyncio.sleep(_RETRY_S)

    async def _send_once(self) -> None:
        documents = await asyncio.to_thread(self._pending)
        topic = own(self._home, OwnKind.RECORDS)
        parcels = {}
        for document in documents:
            payload = encode_document(document)
            parcels[digest(payload)] = (document, Parcel(digest(payload), topic, payload))
        try:
            async with asyncio.timeout(_PATIENCE_S):  # what is not settled then is looked at anew
                await self._delivery.deliver([parcel for _, parcel in parcels.values()])
        except TimeoutError:
            pass
        settled = [document for key, (document, _) in parcels.items() if self._delivery.settled(key)]
        if settled:
            await asyncio.to_thread(self._settle, settled)

    def _pending(self) -> list[Document]:
        now_us = _now_us()
        with self._records.write() as session:
            whose = people_of_clinic(session, self._home)
            self._give_the_only_one_their_sensor(session, whose, now_us)
            erased = sync.erased_here(session, LOCAL_CLINIC, self._home)
            told = [Document(ORDER, each, 0, None, {"what": ERASED_HERE}) for each in erased]
            return told + self._exchange.pending(session, whose, now_us=now_us)

    def _give_the_only_one_their_sensor(self, session: Session, whose: list[str], now_us: int) -> None:
        """Who is alone at home need not be asked who wears the sensor: one never worn before is theirs."""
        if len(whose) != 1 or len(people.current(session, LOCAL_CLINIC)) != 1:
            return
        worn = select(AssignmentRow.sensor).where(AssignmentRow.clinic_id == LOCAL_CLINIC)
        query = select(DeviceRow.sensor).where(
            DeviceRow.clinic_id == LOCAL_CLINIC, DeviceRow.sensor.not_in(worn)
        )
        for sensor in session.scalars(query).all():
            devices.assign(session, LOCAL_CLINIC, sensor, whose[0], now_us=now_us)

    def _settle(self, documents: list[Document]) -> None:
        with self._records.write() as session:
            for document in documents:
                if document.kind == ORDER:
                    sync.drop(session, LOCAL_CLINIC, self._home, sync.PEOPLE, document.key)
                else:
                    self._exchange.settled(session, document)
            count = cursors.position(session, documents_cursor(self._home)) + len(documents)
            cursors.move(session, documents_cursor(self._home), count, now_us=_now_us())

    async def _take_all(self) -> None:
        while True:
            payload = await self._came.get()
            try:
                receipt = await asyncio.to_thread(self._take, payload)
                self._publish(own(self._home, OwnKind.RECEIPTS), encode_receipt(receipt))
            except (StorageError, RecordsError, MessagingError) as error:
                log.warning("document_not_taken_yet", why=str(error))  # without a receipt it comes again

    def _take(self, payload: bytes) -> Receipt:
        try:
            document = decode_document(payload)
            if document.kind == ORDER:
                self._carry_out(document)
            else:
                with self._records.write() as session:
                    self._exchange.apply(session, document, (), now_us=_now_us())
        except ContractError as error:
            log.warning("document_refused", why=str(error))
            return Receipt(None, rejected=(Rejected(digest(payload), error.reason),))
        return Receipt(None, notes=(digest(payload),))

    def _carry_out(self, document: Document) -> None:
        body = document.body or {}
        orderer = Orderer(BY_CLINIC, "clinic", LOCAL_CLINIC)
        match body:
            case {"what": OrderKind.ERASE_PERSON, "person_id": str(person)}:
                self._erase_person(person, orderer)
            case {
                "what": OrderKind.ERASE_STRETCH,
                "sensor": str(sensor),
                "start_us": int(a),
                "end_us": int(b),
            }:
                if a >= b:
                    raise ContractError(RejectReason.UNDECODABLE, "a stretch that ends before it begins")
                stretch = Stretch(sensor, a, b)
                erase_stretch(self._records, self._samples, stretch, orderer, now_us=_now_us())
                log.info("stretch_erased_by_order", sensor=sensor)
            case _:
                raise ContractError(RejectReason.NOT_ALLOWED, "this version does not know this order")

    def _erase_person(self, person: str, orderer: Orderer) -> None:
        with self._records.read() as session:
            known = person in {each.id for each in people.every(session, LOCAL_CLINIC)}
        if known:
            erase_person(self._records, self._samples, person, orderer, now_us=_now_us())
            log.info("person_erased_by_order")


def documents_cursor(home: str) -> str:
    """Where the home counts the documents that its clinic has receipted."""
    return f"documents-{home}"


def people_of_clinic(session: Session, home: str) -> list[str]:
    """Ids of the people at home who are the clinic's too: nobody else's data goes up."""
    return sync.agreed_keys(session, LOCAL_CLINIC, home, sync.PEOPLE)


def _now_us() -> int:
    return time.time_ns() // 1000
