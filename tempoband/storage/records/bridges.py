"""Bridges and homes that may speak to the broker: enrolled, seen, revoked."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.contracts.topic_rules import Credential, Holder
from tempoband.storage.records.errors import conflict, invalid, not_found
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import BridgeRow, DeviceRow, HomePersonRow
from tempoband.words.phrases import phrased

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Bridge:
    """An enrolled bridge or home.

    Attributes:
        id: its name in topics and at the broker.
        secret_hash: as ``identity.secrets`` writes it.
        refused: in words, why its last hello was refused.
        waiting_frames: what it still has to send.
        lost_samples: lost before its record; None where that cannot be known.
        catching_up_us: of a home: since when it sends again what this clinic had, and lost.
    """

    id: str
    holder: Holder
    name: str
    secret_hash: str
    created_us: int
    created_by: str
    revoked_us: int | None = None
    version: str | None = None
    protocol: int | None = None
    refused: str | None = None
    last_seen_us: int | None = None
    online: bool = False
    waiting_frames: int = 0
    lost_samples: int | None = None
    catching_up_us: int | None = None

    @property
    def credential(self) -> Credential:
        """What it is to a broker."""
        return Credential(self.holder, self.id)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a bridge or home just said about itself."""

    online: bool
    seen_us: int
    version: str | None = None
    waiting_frames: int = 0
    lost_samples: int | None = None
    catching_up: bool = False


def enrol(session: Session, clinic_id: str, bridge: Bridge) -> Bridge:
    """Let a new bridge or home in.

    Raises:
        RecordsError: CONFLICT, when the id is or was taken, by any clinic; INVALID, for an endless name.
    """
    if len(bridge.name) > _LONGEST_NAME:
        raise invalid(phrased("a name has at most {most} characters", most=_LONGEST_NAME))
    if session.scalar(select(BridgeRow.id).where(BridgeRow.id == bridge.id)) is not None:
        raise conflict(
            phrased("the name {name!r} was given to a bridge already; choose another one", name=bridge.id)
        )
    session.add(BridgeRow(clinic_id=clinic_id, **values(bridge)))
    session.flush()
    return bridge


def revoke(session: Session, clinic_id: str, bridge_id: str, *, now_us: int) -> Bridge:
    """Let it in no more; revoking twice changes nothing.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, bridge_id)
    if row.revoked_us is None:
        row.revoked_us, row.online = now_us, False
        session.flush()
    return record(Bridge, row)


def get(session: Session, clinic_id: str, bridge_id: str) -> Bridge:
    """One bridge or home, revoked or not.

    Raises:
        RecordsError: NOT_FOUND.
    """
    return record(Bridge, _row(session, clinic_id, bridge_id))


def every(session: Session, clinic_id: str, holder: Holder | None = None) -> list[Bridge]:
    """All of a clinic, revoked ones too, by age."""
    query = select(BridgeRow).where(BridgeRow.clinic_id == clinic_id)
    if holder is not None:
        query = query.where(BridgeRow.holder == holder)
    return records(Bridge, session.scalars(query.order_by(BridgeRow.created_us, BridgeRow.id)))


def admitted(session: Session) -> dict[str, tuple[str, Bridge]]:
    """Whoever may speak now, of every clinic: id to (clinic, bridge)."""
    rows = session.scalars(select(BridgeRow).where(BridgeRow.revoked_us.is_(None)))
    return {row.id: (row.clinic_id, record(Bridge, row)) for row in rows}


def sensor_clinics(session: Session) -> dict[str, str]:
    """Which clinic each known sensor belongs to."""
    return {
        row.sensor: row.clinic_id for row in session.execute(select(DeviceRow.sensor, DeviceRow.clinic_id))
    }


def saw(session: Session, clinic_id: str, bridge_id: str, standing: Standing) -> None:
    """Keep what it said about itself.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, bridge_id)
    row.online, row.last_seen_us = standing.online, standing.seen_us
    row.waiting_frames, row.lost_samples = standing.waiting_frames, standing.lost_samples
    row.catching_up_us = (row.catching_up_us or standing.seen_us) if standing.catching_up else None
    row.version = standing.version or row.version
    session.flush()


def greeted(
    session: Session,
    clinic_id: str,
    bridge_id: str,
    *,
    version: str,
    protocol: int | None,
    refused: str | None,
) -> None:
    """Keep how a home's hello was answered: the agreed protocol, or why it was refused.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, bridge_id)
    row.version, row.protocol, row.refused = version[:64], protocol, refused
    session.flush()


def move_in(session: Session, clinic_id: str, home_id: str, person_id: str) -> None:
    """This home is a person's; saying it twice changes nothing.

    Raises:
        RecordsError: CONFLICT on commit, for an unknown home or person.
    """
    session.merge(HomePersonRow(clinic_id=clinic_id, home_id=home_id, person_id=person_id))
    session.flush()


def move_out(session: Session, clinic_id: str, home_id: str, person_id: str) -> bool:
    """This home is not this person's any more; whether it was."""
    row = session.get(HomePersonRow, (clinic_id, home_id, person_id))
    if row is not None:
        session.delete(row)
        session.flush()
    return row is not None


def people_of(session: Session, clinic_id: str, home_id: str) -> list[str]:
    """Ids of the people whose home it is."""
    query = select(HomePersonRow.person_id).where(
        HomePersonRow.clinic_id == clinic_id, HomePersonRow.home_id == home_id
    )
    return list(session.scalars(query.order_by(HomePersonRow.person_id)))


def households(session: Session) -> dict[str, set[tuple[str, str]]]:
    """Whose each home is or was, of every clinic and revoked ones too: home to (clinic, person)."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in session.scalars(select(HomePersonRow)):
        found.setdefault(row.home_id, set()).add((row.clinic_id, row.person_id))
    return found


def kin(session: Session, clinic_id: str, one: str, other: str) -> bool:
    """Whether two homes are one person's: one that was paired again, or a second one."""
    return bool(set(people_of(session, clinic_id, one)) & set(people_of(session, clinic_id, other)))


def homes_of(session: Session, clinic_id: str, person_id: str) -> list[str]:
    """Ids of the homes of a person, revoked ones left out."""
    query = (
        select(HomePersonRow.home_id)
        .join(
            BridgeRow,
            (BridgeRow.clinic_id == HomePersonRow.clinic_id) & (BridgeRow.id == HomePersonRow.home_id),
        )
        .where(
            HomePersonRow.clinic_id == clinic_id,
            HomePersonRow.person_id == person_id,
            BridgeRow.revoked_us.is_(None),
        )
    )
    return list(session.scalars(query.order_by(HomePersonRow.home_id)))


def _row(session: Session, clinic_id: str, bridge_id: str) -> BridgeRow:
    row = session.get(BridgeRow, (clinic_id, bridge_id))
    if row is None:
        raise not_found("bridge", bridge_id)
    return row
