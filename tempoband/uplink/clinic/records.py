"""Records at the clinic: what homes send is taken in, what changed here goes down until it is receipted."""

import time
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select

from tempoband.contracts.documents import Document, decode_document, encode_document
from tempoband.contracts.errors import ContractError
from tempoband.contracts.events import Declared
from tempoband.contracts.frame import digest
from tempoband.contracts.receipts import Receipt, Rejected, decode_receipt, encode_receipt
from tempoband.contracts.topics import DownKind, EventKind, down, event, shard_of
from tempoband.storage.records import Records, bridges, orders
from tempoband.storage.records.tables import AuditRow
from tempoband.uplink.exchange import Exchange
from tempoband.uplink.kinds import Side

ORDER = "order"
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
            with self._records.write() as session:
                exchange = Exchange(Side.CLINIC, clinic_id, home)
                whose = bridges.people_of(session, clinic_id, home)
                sensor = exchange.apply(session, document, whose, now_us=_now_us())
            receipt = Receipt(None, notes=(sha256,))
        except ContractError as error:
            log.warning("home_document_refused", home=home, why=str(error))
            receipt = Receipt(None, rejected=(Rejected(sha256, error.reason),))
        answers = [(down(home, DownKind.RECEIPTS), encode_receipt(receipt))]
        if sensor is not None:
            told = Declared(sensor=sensor, set_id="")
            answers.append((event(shard_of(home), sensor, EventKind.DECLARED), told.encode()))
        return answers

    def receipted(self, home: str, payload: bytes) -> None:
        """A home has something that went down, or refuses it for good.

        Raises:
            ContractError: no receipt.
        """
        receipt = decode_receipt(payload)
        linked = self._linked.get(home)
        names = [*receipt.notes, *(each.sha256 for each in receipt.rejected)]
        found = [linked.sent.pop(name) for name in names if name in linked.sent] if linked else []
        if not found or linked is None:
            return
        with self._records.write() as session:
            exchange = Exchange(Side.CLINIC, linked.clinic_id, home)
            for _, document in found:
                if document.kind == ORDER:
                    orders.done(session, linked.clinic_id, document.key, now_us=_now_us())
                else:
                    exchange.settled(session, document)

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


def _now_us() -> int:
    return time.time_ns() // 1000
