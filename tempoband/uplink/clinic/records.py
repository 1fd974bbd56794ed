"""Records at the clinic: what homes send is taken in, what changed here goes down until it is receipted."""

import time
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.contracts.documents import Document, decode_document, encode_document
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.events import Declared
from tempoband.contracts.frame import digest
from tempoband.contracts.receipts import Receipt, Rejected, decode_receipt, encode_receipt
from tempoband.contracts.topics import DownKind, EventKind, down, event, shard_of
from tempoband.storage.records import Records, bridges, devices, erasures, orders, sync
from tempoband.storage.records.erasures import Erasure
from tempoband.storage.records.forgetting import Stretch, unworn
from tempoband.storage.records.orders import Order, OrderKind
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.tables import AuditRow
from tempoband.uplink.exchange import Exchange
from tempoband.uplink.kinds import Side

ORDER, ERASED_HERE = "order", "erased_here"
_AGAIN_S = 30.0
_LOOK_ANYWAY_S = 60.0
Messages = list[tuple[str, bytes]]
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Linked:
    """A home that said hello and was welcome."""

    clinic_id: str
    looked_s: float = float("-inf")
    sent: dict[bytes, tuple[float, Document]] = field(default_factory=dict)  # by SHA-256 of the payload


class RecordsAtClinic:
    """Called in one thread; every method returns what is to be published."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._linked: dict[str, _Linked] = {}
        self._audited_us = time.time_ns() // 1000

    def link(self, home: str, clinic_id: str) -> None:
        """A home may be sent what waits for it; whatever was under way before goes again."""
        self._linked[home] = _Linked(clinic_id)

    def unlink(self, home: str) -> None:
        """A home is gone: what is for it waits."""
        self._linked.pop(home, None)

    def took(self, clinic_id: str, home: str, payload: bytes) -> Messages:
        """A document of a home: taken in and receipted, or refused.

        Raises:
            RecordsError: something it needs is not here yet: no receipt, it comes again.
        """
        sha256 = digest(payload)
        sensor = None
        try:
            document = decode_document(payload)
            if document.kind == ORDER:
                self._erased_at_home(clinic_id, home, document)
            else:
                sensor = self._apply(clinic_id, home, document)
            receipt = Receipt(None, notes=(sha256,))
        except ContractError as error:
            log.warning("home_document_refused", home=home, why=str(error))
            receipt = Receipt(None, rejected=(Rejected(sha256, error.reason),))
        answers = [(down(home, DownKind.RECEIPTS), encode_receipt(receipt))]
        if sensor is not None:
            told = Declared(sensor=sensor, set_id="")
            answers.append((event(shard_of(home), sensor, EventKind.DECLARED), told.encode()))
        return answers

    def _apply(self, clinic_id: str, home: str, document: Document) -> str | None:
        try:
            with self._records.write() as session:
                exchange = Exchange(Side.CLINIC, clinic_id, home)
                whose = bridges.people_of(session, clinic_id, home)
                return exchange.apply(session, document, whose, now_us=_now_us())
        except ContractError:
            self._erase_again(clinic_id, home, document)
            raise

    def _erase_again(self, clinic_id: str, home: str, document: Document) -> None:
        """Whoever was erased here and is told of by a home stands in an old backup of it."""
        person = document.key if document.kind == sync.PEOPLE else (document.body or {}).get("person_id")
        if isinstance(person, str):
            with self._records.write() as session:
                if orders.erase_again(session, clinic_id, home, person):
                    log.info("home_is_ordered_to_erase_again", home=home)

    def _erased_at_home(self, clinic_id: str, home: str, document: Document) -> None:
        """The home knows this person no more; what the clinic keeps stays, and somebody is to look at it."""
        if (document.body or {}).get("what") != ERASED_HERE:
            raise ContractError(RejectReason.NOT_ALLOWED, "a home gives no such order")
        with self._records.write() as session:
            if bridges.move_out(session, clinic_id, home, document.key):
                Exchange(Side.CLINIC, clinic_id, home).erased_there(session, document.key, now_us=_now_us())

    def receipted(self, home: str, payload: bytes) -> None:
        """A home has something that went down, or refuses it for good.

        Raises:
            ContractError: no receipt.
        """
        receipt = decode_receipt(payload)
        linked = self._linked.get(home)
        rejected = {each.sha256 for each in receipt.rejected}
        names = [*receipt.notes, *rejected]
        found = [(name, linked.sent.pop(name)[1]) for name in names if name in linked.sent] if linked else []
        if not found or linked is None:
            return
        with self._records.write() as session:
            exchange = Exchange(Side.CLINIC, linked.clinic_id, home)
            for name, document in found:
                if document.kind != ORDER:
                    exchange.settled(session, document)
                    continue
                outcome = orders.REFUSED if name in rejected else None
                order = orders.done(
                    session, linked.clinic_id, document.key, now_us=_now_us(), outcome=outcome
                )
                if order is not None and order.kind == OrderKind.ERASE_PERSON:
                    _erase_what_came_meanwhile(session, linked.clinic_id, order)

    def due(self) -> Messages:
        """What is to be sent down now."""
        touched = self._touched()
        now_s = time.monotonic()
        found: Messages = []
        for home, linked in self._linked.items():
            late = now_s - linked.looked_s >= _LOOK_ANYWAY_S
            again = any(now_s - sent_s >= _AGAIN_S for sent_s, _ in linked.sent.values())
            if home in touched or late or again:
                linked.looked_s = now_s
                found += self._for(home, linked, now_s)
        return found

    def _touched(self) -> set[str]:
        """Homes of the people whose records somebody changed since the last look: every change is audited."""
        query = select(AuditRow.at_us, AuditRow.clinic_id, AuditRow.person_id)
        with self._records.read() as session:
            rows = session.execute(query.where(AuditRow.at_us > self._audited_us)).all()
            whose = {(row.clinic_id, row.person_id) for row in rows if row.person_id is not None}
            homes = {home for each in whose for home in bridges.homes_of(session, *each)}
            homes |= orders.waiting(session)  # whoever was erased has no home any more
            homes |= {
                home
                for home, linked in self._linked.items()
                if any(row.clinic_id == linked.clinic_id and row.person_id is None for row in rows)
            }
        # Two writers may commit out of order: the last second is looked at again.
        self._audited_us = max([self._audited_us, *(row.at_us - 1_000_000 for row in rows)])
        return homes

    def _for(self, home: str, linked: _Linked, now_s: float) -> Messages:
        exchange = Exchange(Side.CLINIC, linked.clinic_id, home)
        with self._records.write() as session:
            whose = bridges.people_of(session, linked.clinic_id, home)
            waiting = exchange.pending(session, whose, now_us=_now_us())
            waiting += [
                Document(ORDER, each.id, each.created_us, None, {"what": str(each.kind), **each.body})
                for each in orders.pending(session, linked.clinic_id, home)
            ]
        found: Messages = []
        for document in waiting:
            payload = encode_document(document)
            sha256 = digest(payload)
            sent_s, _ = linked.sent.get(sha256, (float("-inf"), document))
            if now_s - sent_s >= _AGAIN_S:
                linked.sent[sha256] = (now_s, document)
                found.append((down(home, DownKind.RECORDS), payload))
        current = {digest(encode_document(document)) for document in waiting}
        for stale in linked.sent.keys() - current:
            del linked.sent[stale]
        return found


def _erase_what_came_meanwhile(session: Session, clinic_id: str, order: Order) -> None:
    """Until a home has its order it may send samples of a person whom nobody knows here any more."""
    now_us = _now_us()
    for device in devices.every(session, clinic_id):
        if device.bridge != order.home_id or now_us <= order.created_us:
            continue
        for piece in unworn(session, clinic_id, Stretch(device.sensor, order.created_us, now_us)):
            named = Erasure(
                new_id(), piece.sensor, piece.start_us, piece.end_us, order.created_by, now_us,
                order.body.get("person_id"),
            )  # fmt: skip
            erasures.order(session, clinic_id, named)


def _now_us() -> int:
    return time.time_ns() // 1000
