"""Six-digit codes that pair a home once: issued for a person, short-lived, kept as hashes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tempoband.storage.records.errors import not_found
from tempoband.storage.records.rows import record, values
from tempoband.storage.records.tables import PairingCodeRow, PersonRow

VALID_US = 30 * 60 * 1_000_000
_KEPT_US = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class PairingCode:
    """One code; ``code_hash`` is as ``identity.secrets`` writes it."""

    id: str
    code_hash: str
    person_id: str
    created_us: int
    created_by: str
    expires_us: int
    used_us: int | None = None


def issue(session: Session, clinic_id: str, code: PairingCode) -> PairingCode:
    """Keep a new code; an older one for the same person that was not used is void.

    Raises:
        RecordsError: NOT_FOUND, for an unknown person.
    """
    if session.get(PersonRow, (clinic_id, code.person_id)) is None:
        raise not_found("person", code.person_id)
    session.execute(
        delete(PairingCodeRow).where(
            PairingCodeRow.clinic_id == clinic_id,
            PairingCodeRow.person_id == code.person_id,
            PairingCodeRow.used_us.is_(None),
        )
    )
    session.execute(delete(PairingCodeRow).where(PairingCodeRow.expires_us < code.created_us - _KEPT_US))
    session.add(PairingCodeRow(clinic_id=clinic_id, **values(code)))
    session.flush()
    return code


def redeem(session: Session, is_it: Callable[[str], bool], *, now_us: int) -> tuple[str, PairingCode] | None:
    """Use a code up: the clinic and the code whose hash ``is_it`` recognises; None when there is none."""
    live = select(PairingCodeRow).where(PairingCodeRow.used_us.is_(None), PairingCodeRow.expires_us > now_us)
    for row in session.scalars(live.order_by(PairingCodeRow.created_us)):
        if is_it(row.code_hash):
            found = row.clinic_id, replace(record(PairingCode, row), used_us=now_us)
            return found if _use_up(session, row, now_us) else None
    return None


def _use_up(session: Session, row: PairingCodeRow, now_us: int) -> bool:
    """False when another home was quicker."""
    used = (
        update(PairingCodeRow)
        .where(
            PairingCodeRow.clinic_id == row.clinic_id,
            PairingCodeRow.id == row.id,
            PairingCodeRow.used_us.is_(None),
        )
        .values(used_us=now_us)
        .returning(PairingCodeRow.id)
    )
    return session.scalar(used) is not None
