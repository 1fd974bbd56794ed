"""What home and clinic have agreed on, document by document, and where they disagreed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import Base, BridgeRow, ConflictRow, SyncRow

ERASED = b"erased"
"""In the place of what was agreed about a person whom a home has erased: its clinic is to be told."""
UNSURE = b"unsure"
"""In the place of what was agreed where the other side may have lost it: it is sent whatever it is."""
PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Synced:
    """How one document stands; digests are SHA-256 of its canonical bytes, None where there is none.

    Attributes:
        agreed: what both sides had last.
        local: what this side had when it last looked.
        local_us: when this side noticed its change.
    """

    peer: str
    kind: str
    key: str
    agreed: bytes | None = None
    local: bytes | None = None
    local_us: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """One document that both sides changed; ``kept`` says whose version was kept."""

    id: str
    peer: str
    kind: str
    key: str
    person_id: str | None
    at_us: int
    kept: str
    winner: dict[str, Any] | None
    loser: dict[str, Any] | None
    seen_us: int | None = None
    seen_by: str | None = None


def states(session: Session, clinic_id: str, peer: str) -> dict[tuple[str, str], Synced]:
    """Everything that is known with a peer, by kind and key."""
    query = select(SyncRow).where(SyncRow.clinic_id == clinic_id, SyncRow.peer == peer)
    return {(row.kind, row.key): record(Synced, row) for row in session.scalars(query)}


def agreed_keys(session: Session, clinic_id: str, peer: str, kind: str) -> list[str]:
    """The documents of one kind that both sides have."""
    query = select(SyncRow.key).where(
        SyncRow.clinic_id == clinic_id,
        SyncRow.peer == peer,
        SyncRow.kind == kind,
        SyncRow.agreed.is_not(None),
        SyncRow.agreed != ERASED,
    )
    return sorted(session.scalars(query))


def find(session: Session, clinic_id: str, peer: str, kind: str, key: str) -> Synced:
    """How one document stands; as never heard of when there is nothing."""
    row = session.get(SyncRow, (clinic_id, peer, kind, key))
    return Synced(peer, kind, key) if row is None else record(Synced, row)


def keep(session: Session, clinic_id: str, synced: Synced) -> None:
    """Keep how a document stands."""
    session.merge(SyncRow(clinic_id=clinic_id, **values(synced)))


def doubt(session: Session, clinic_id: str, peer: str) -> None:
    """The other side stands on an older state: everything that was agreed with it is to be agreed anew.

    What is to be sent is sent, deletions too; the other side takes over what it did not change itself.
    """
    session.execute(
        update(SyncRow)
        .where(
            SyncRow.clinic_id == clinic_id,
            SyncRow.peer == peer,
            or_(SyncRow.agreed.is_(None), SyncRow.agreed != ERASED),
        )
        .values(agreed=UNSURE)
    )


def note_conflict(session: Session, clinic_id: str, conflict: Conflict) -> None:
    """Keep what both sides had."""
    session.merge(ConflictRow(clinic_id=clinic_id, **values(conflict)))
    session.flush()


def conflicts(session: Session, clinic_id: str, peer: str, limit: int = 200) -> list[Conflict]:
    """The latest conflicts with a peer, newest first."""
    query = select(ConflictRow).where(ConflictRow.clinic_id == clinic_id, ConflictRow.peer == peer)
    newest = query.order_by(ConflictRow.at_us.desc(), ConflictRow.id).limit(limit)
    return records(Conflict, session.scalars(newest))


def unseen(session: Session, clinic_id: str) -> dict[str, int]:
    """How many conflicts with each peer nobody has looked at."""
    query = (
        select(ConflictRow.peer, func.count())
        .where(ConflictRow.clinic_id == clinic_id, ConflictRow.seen_us.is_(None))
        .group_by(ConflictRow.peer)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def saw(session: Session, clinic_id: str, peer: str, *, by: str, now_us: int) -> None:
    """Somebody has looked at the conflicts with a peer."""
    session.execute(
        update(ConflictRow)
        .where(ConflictRow.clinic_id == clinic_id, ConflictRow.peer == peer, ConflictRow.seen_us.is_(None))
        .values(seen_us=now_us, seen_by=by)
    )


def forget(session: Session, clinic_id: str, person_id: str, *, peer: str | None = None) -> None:
    """Forget what is agreed about a person's documents; call it while their rows are still there.

    With ``peer`` only what is agreed with that one.

    A home keeps that it has erased them, until its clinic knows.
    """
    keys = {person_id, *_keys(session, clinic_id, person_id)}
    homes = select(BridgeRow.id).where(BridgeRow.clinic_id == clinic_id)
    mine = [SyncRow.clinic_id == clinic_id, SyncRow.key.in_(keys)]
    if peer is not None:
        mine.append(SyncRow.peer == peer)
    ours_to_tell = (*mine, SyncRow.kind == PEOPLE, SyncRow.agreed.is_not(None), SyncRow.peer.not_in(homes))
    told = session.scalars(select(SyncRow.peer).where(*ours_to_tell)).all()
    session.execute(delete(SyncRow).where(*mine))
    for clinic in told:
        keep(session, clinic_id, Synced(clinic, PEOPLE, person_id, ERASED))


def erased_here(session: Session, clinic_id: str, peer: str) -> list[str]:
    """People whom this home has erased, and whose clinic does not know yet."""
    query = select(SyncRow.key).where(
        SyncRow.clinic_id == clinic_id, SyncRow.peer == peer, SyncRow.kind == PEOPLE, SyncRow.agreed == ERASED
    )
    return list(session.scalars(query))


def drop(session: Session, clinic_id: str, peer: str, kind: str, key: str) -> None:
    """Nothing is agreed about this document any more."""
    row = session.get(SyncRow, (clinic_id, peer, kind, key))
    if row is not None:
        session.delete(row)


def _keys(session: Session, clinic_id: str, person_id: str) -> Iterator[str]:
    """The documents' keys of every row about a person."""
    for table in Base.metadata.sorted_tables:
        if {"clinic_id", "person_id", "id"} <= set(table.columns.keys()):
            names = [column for column in table.primary_key.columns if column.name != "clinic_id"]
            mine = (table.columns["clinic_id"] == clinic_id, table.columns["person_id"] == person_id)
            for row in session.execute(select(*names).where(*mine)):
                yield ":".join(map(str, row))
