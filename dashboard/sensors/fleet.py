"""The fleet: every bridge and home of a clinic, as the page shows it."""

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from tempoband.contracts.homes import HomeReason, reason_of
from tempoband.contracts.topic_rules import Holder
from tempoband.storage.records import bridges, people, sync
from tempoband.storage.records.bridges import Bridge


class FleetPerson(BaseModel):
    """Whose home it is."""

    id: str
    name: str


class HomeOut(BaseModel):
    """One bridge or home; ``lost_samples`` is null where it cannot be known."""

    id: str
    kind: Holder
    name: str
    people: list[FleetPerson]
    created_us: int
    version: str | None
    protocol: int | None
    online: bool
    last_seen_us: int | None
    waiting_frames: int
    lost_samples: int | None
    catching_up_us: int | None = Field(
        description="Since when it sends again what this clinic had, and lost: it was restored."
    )
    refused: str | None
    refused_reason: HomeReason | None
    revoked_us: int | None
    conflicts: int = Field(description="Changed on both sides and not looked at yet.")


class CodeOut(BaseModel):
    """Shown once."""

    code: str
    expires_us: int


def fleet(session: Session, clinic_id: str) -> list[HomeOut]:
    """Everybody, revoked ones too, the newest first."""
    names = people.names(session, clinic_id)
    conflicts = sync.unseen(session, clinic_id)
    found = sorted(bridges.every(session, clinic_id), key=lambda bridge: -bridge.created_us)
    return [_view(session, clinic_id, each, names, conflicts.get(each.id, 0)) for each in found]


def one(session: Session, clinic_id: str, home_id: str) -> HomeOut:
    """One of them.

    Raises:
        RecordsError: NOT_FOUND.
    """
    bridge = bridges.get(session, clinic_id, home_id)
    conflicts = sync.unseen(session, clinic_id)
    return _view(session, clinic_id, bridge, people.names(session, clinic_id), conflicts.get(home_id, 0))


def _view(session: Session, clinic_id: str, bridge: Bridge, names: dict[str, str], conflicts: int) -> HomeOut:
    residents = bridges.people_of(session, clinic_id, bridge.id) if bridge.holder is Holder.HOME else []
    return HomeOut(
        id=bridge.id,
        kind=bridge.holder,
        name=bridge.name,
        people=[FleetPerson(id=each, name=names.get(each, "")) for each in residents],
        created_us=bridge.created_us,
        version=bridge.version,
        protocol=bridge.protocol,
        online=bridge.online and bridge.revoked_us is None,
        last_seen_us=bridge.last_seen_us,
        waiting_frames=bridge.waiting_frames,
        lost_samples=bridge.lost_samples,
        catching_up_us=bridge.catching_up_us,
        refused=bridge.refused,
        refused_reason=None if bridge.refused is None else reason_of(bridge.refused),
        revoked_us=bridge.revoked_us,
        conflicts=conflicts,
    )
