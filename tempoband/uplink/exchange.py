"""Keeps one side's rows in step with the other's: what to send, what to make of what comes. No I/O but SQL.

Each side remembers per document what both had last (``agreed``). A row that differs from it was changed here;
a document that comes while the row here was not changed is taken over; if it was, both sides changed it, the
written rule of ``kinds`` decides, and what was not kept is kept as a conflict. Everything may be repeated.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.contracts.documents import Body, Document
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.storage.records import bridges, erasures, sync
from tempoband.storage.records.erasures import Erasure
from tempoband.storage.records.sync import Conflict, Synced
from tempoband.storage.records.tables import AssignmentRow, BridgeRow, DeviceRow, ErasureRow
from tempoband.uplink.kinds import (
    BY_CLINIC,
    KINDS,
    Kind,
    Side,
    body_of,
    checked,
    digest_of,
    find,
    key_of,
    primary_key,
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One side of one pair.

    Attributes:
        side: which side this is.
        clinic_id: the tenant of the rows here.
        peer: the home's id, on both sides.
    """

    side: Side
    clinic_id: str
    peer: str

    def pending(self, session: Session, people: Collection[str], *, now_us: int) -> list[Document]:
        """What the other side does not have, in the order it has to come in; notes changes as seen now."""
        known = sync.states(session, self.clinic_id, self.peer)
        found = [
            each
            for name in KINDS
            if self.side in KINDS[name].writers
            for each in self._pending_of(session, name, people, known, now_us)
        ]
        deleted = [document for document in found if document.body is None]
        return [document for document in found if document.body is not None] + deleted[::-1]

    def settled(self, session: Session, document: Document) -> None:
        """The other side has this version, or has settled a conflict about it."""
        state = sync.find(session, self.clinic_id, self.peer, document.kind, document.key)
        digest = digest_of(KINDS[document.kind], document.body)
        if state.local == digest:
            sync.keep(session, self.clinic_id, replace(state, agreed=digest))

    def apply(
        self, session: Session, document: Document, people: Collection[str], *, now_us: int
    ) -> str | None:
        """Take a document of the other side in; returns the sensor whose sets may have changed.

        Raises:
            ContractError: the other side may not write this; nothing was changed.
            RecordsError: something it needs is not here yet; nothing was changed, it may come again.
        """
        kind = self._kind(document)
        row = find(session, kind, self.clinic_id, document.key)
        self._permitted(session, document, kind, row, people)
        ours = None if row is None else body_of(kind, row)
        here, theirs = digest_of(kind, ours), digest_of(kind, document.body)
        state = sync.find(session, self.clinic_id, self.peer, document.kind, document.key)
        if state.agreed == sync.ERASED:
            raise ContractError(RejectReason.NOT_ALLOWED, "this person was erased here")
        if here != theirs:
            if here not in (None, state.agreed) and self.side in kind.writers:
                changed_us = state.local_us if state.local == here else now_us
                if not self._they_win(document, changed_us):
                    self._conflict(session, document, ours, self.side, now_us)
                    sync.keep(session, self.clinic_id, replace(state, local=here, local_us=changed_us))
                    return None
                self._conflict(session, document, ours, self._other, now_us)
            self._write(session, kind, document, row)
        sync.keep(
            session, self.clinic_id, replace(state, agreed=theirs, local=theirs, local_us=document.at_us)
        )
        session.flush()
        return _sensor(document, ours) if document.kind in ("set_declarations", "assignments") else None

    def erased_there(self, session: Session, person_id: str, *, now_us: int) -> None:
        """The other side has erased a person; what is kept here stays, visibly as a conflict."""
        kind = KINDS[sync.PEOPLE]
        row = find(session, kind, self.clinic_id, person_id)
        if row is not None:
            gone = Document(sync.PEOPLE, person_id, now_us, None, None)
            self._conflict(session, gone, body_of(kind, row) | {"person_id": person_id}, self.side, now_us)
        sync.forget(session, self.clinic_id, person_id, peer=self.peer)

    def _pending_of(
        self,
        session: Session,
        name: str,
        people: Collection[str],
        known: dict[tuple[str, str], Synced],
        now_us: int,
    ) -> Iterator[Document]:
        kind, seen = KINDS[name], set()
        for row in _rows(session, kind, self.clinic_id, people):
            key = key_of(kind, row)
            seen.add(key)
            state = known.get((name, key)) or Synced(self.peer, name, key)
            yield from self._changed(session, state, body_of(kind, row), now_us)
        if kind.deletable:
            for (other, key), state in known.items():
                here_before = other == name and key not in seen and state.agreed is not None
                if here_before and find(session, kind, self.clinic_id, key) is None:
                    yield from self._changed(session, state, None, now_us)

    def _changed(self, session: Session, state: Synced, body: Body | None, now_us: int) -> Iterator[Document]:
        digest = digest_of(KINDS[state.kind], body)
        if state.local != digest:
            state = replace(state, local=digest, local_us=now_us)
            sync.keep(session, self.clinic_id, state)
        if state.agreed != digest:
            base = None if state.agreed == sync.UNSURE else state.agreed
            yield Document(state.kind, state.key, state.local_us, base, body)

    def _kind(self, document: Document) -> Kind:
        kind = KINDS.get(document.kind)
        if kind is None or self._other not in kind.writers:
            raise ContractError(RejectReason.NOT_ALLOWED, f"the {self._other} does not write {document.kind}")
        return kind

    def _permitted(
        self, session: Session, document: Document, kind: Kind, row: Any, people: Collection[str]
    ) -> None:
        """A home touches its own people and sensors only; the clinic is believed by its home."""
        if self.side is Side.HOME:
            return
        bodies = [] if document.body is None else [document.body]
        if kind.person is None:
            if isinstance(row, DeviceRow) and not self._free(session, row.bridge):
                raise ContractError(RejectReason.NOT_ALLOWED, "this sensor belongs to another home")
            if kind.row is ErasureRow:
                self._own_sensors(session, bodies)
            return
        whose = {body.get(kind.person) for body in bodies} | ({getattr(row, kind.person)} if row else set())
        if not whose <= set(people):
            raise ContractError(RejectReason.NOT_ALLOWED, "this is about somebody who is not of this home")
        self._own_sensors(session, bodies)

    def _own_sensors(self, session: Session, bodies: list[Body]) -> None:
        for sensor in {body["sensor"] for body in bodies if body.get("sensor") is not None}:
            device = session.get(DeviceRow, (self.clinic_id, sensor)) if isinstance(sensor, str) else None
            if device is None or not self._at_home(session, device.bridge):
                raise ContractError(RejectReason.NOT_ALLOWED, "this is about a sensor of another home")

    def _free(self, session: Session, bridge: str | None) -> bool:
        """Whether a sensor may come under this home: it is theirs, or nobody's who is still enrolled."""
        if bridge is None or self._at_home(session, bridge):
            return True
        owner = session.get(BridgeRow, (self.clinic_id, bridge))
        return owner is None or owner.revoked_us is not None

    def _at_home(self, session: Session, bridge: str | None) -> bool:
        """Whether a sensor is at this home, or was last seen at another one of the same person."""
        return bridge is not None and (
            bridge == self.peer or bridges.kin(session, self.clinic_id, self.peer, bridge)
        )

    def _they_win(self, document: Document, changed_us: int) -> bool:
        return (document.at_us, self._other is Side.CLINIC) > (changed_us, self.side is Side.CLINIC)

    def _write(self, session: Session, kind: Kind, document: Document, row: Any) -> None:
        if document.body is None:
            if row is not None:
                session.delete(row)
            return
        values = checked(kind, document.body)
        if kind.row is ErasureRow:
            self._erase(session, document.key, values)
            return
        if row is None:
            names = ("clinic_id", *kind.keys)
            key = primary_key(kind, self.clinic_id, document.key)
            row = kind.row(**dict(zip(names, key, strict=True)))
            session.add(row)
        elif self.side is Side.HOME:  # the samples were here first: the clinic does not know better
            values = {name: value for name, value in values.items() if name not in kind.found_by_each}
        for name, value in values.items():
            setattr(row, name, value)
        if isinstance(row, DeviceRow) and self.side is Side.CLINIC:
            row.bridge = self.peer

    def _erase(self, session: Session, key: str, values: dict[str, Any]) -> None:
        """The records forget the stretch now; the samples are erased by whoever completes erasures."""
        if values["end_us"] <= values["start_us"]:
            raise ContractError(RejectReason.UNDECODABLE, "a stretch that ends before it begins")
        erasures.order(session, self.clinic_id, Erasure(key, **(values | {"done_us": None})))

    def _conflict(
        self, session: Session, document: Document, ours: Body | None, kept: Side, now_us: int
    ) -> None:
        winner, loser = (ours, document.body) if kept is self.side else (document.body, ours)
        name = f"{self.peer}/{document.kind}/{document.key}/{document.at_us}/{kept}"
        sync.note_conflict(
            session,
            self.clinic_id,
            Conflict(
                id=hashlib.sha256(name.encode()).hexdigest()[:32],
                peer=self.peer,
                kind=document.kind,
                key=document.key,
                person_id=(ours or document.body or {}).get("person_id"),
                at_us=now_us,
                kept=str(kept),
                winner=winner,
                loser=loser,
            ),
        )

    @property
    def _other(self) -> Side:
        return Side.CLINIC if self.side is Side.HOME else Side.HOME


def _rows(session: Session, kind: Kind, clinic_id: str, people: Collection[str]) -> list[Any]:
    row = kind.row
    query = select(row).where(row.clinic_id == clinic_id)
    if kind.person is not None:
        query = query.where(getattr(row, kind.person).in_(people))
    else:
        worn = select(AssignmentRow.sensor).where(
            AssignmentRow.clinic_id == clinic_id, AssignmentRow.person_id.in_(people)
        )
        query = query.where(row.sensor.in_(worn))
    if row is ErasureRow:  # of a person who was erased, the clinic is told in another way
        query = query.where(row.person_id.is_(None), row.by != BY_CLINIC)
    if kind is KINDS["assignments"]:
        query = query.order_by(row.from_us)
    if kind is KINDS["set_declarations"]:  # an open set is the business of where it is done
        query = query.where(row.closed_us.is_not(None)).order_by(row.opened_us)
    return list(session.scalars(query))


def _sensor(document: Document, ours: Body | None) -> str | None:
    body = document.body or ours or {}
    return body.get("sensor")
