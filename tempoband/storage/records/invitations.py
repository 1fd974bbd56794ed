"""Invitations: one-time ways in, for minutes or days."""

from dataclasses import dataclass

from sqlalchemy import Delete, delete, select, update
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import deleted, new_id, record, records
from tempoband.storage.records.tables import InvitationRow


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time way in; its key is kept as a digest only.

    Attributes:
        role: what the account will be.
        person_id: the wearer it is for.
        account_id: the account that gets a new password.
        code_digest: keyed digest of the six digits that are asked beside the key.
    """

    id: str
    clinic_id: str
    role: str
    name: str | None
    person_id: str | None
    account_id: str | None
    key_digest: str
    code_digest: str | None
    attempts_left: int
    created_us: int
    expires_us: int
    by: str


def add(
    session: Session,
    clinic_id: str,
    key_digest: str,
    *,
    role: str,
    by: str,
    now_us: int,
    expires_us: int,
    name: str | None = None,
    person_id: str | None = None,
    account_id: str | None = None,
    code_digest: str | None = None,
    attempts: int = 5,
) -> Invitation:
    """A new invitation; an earlier one for the same wearer or account is good no longer."""
    if person_id is not None:
        session.execute(_of_clinic(clinic_id).where(InvitationRow.person_id == person_id))
    if account_id is not None:
        session.execute(_of_clinic(clinic_id).where(InvitationRow.account_id == account_id))
    row = InvitationRow(
        clinic_id=clinic_id,
        id=new_id(),
        role=role,
        name=name,
        person_id=person_id,
        account_id=account_id,
        key_digest=key_digest,
        code_digest=code_digest,
        attempts_left=attempts,
        created_us=now_us,
        expires_us=expires_us,
        by=by,
    )
    session.add(row)
    session.flush()
    return record(Invitation, row)


def by_key(session: Session, key_digest: str, *, now_us: int) -> Invitation | None:
    """The invitation of a key while it is good."""
    row = session.scalar(select(InvitationRow).where(InvitationRow.key_digest == key_digest))
    if row is None or row.expires_us <= now_us or row.attempts_left <= 0:
        return None
    return record(Invitation, row)


def take_attempt(session: Session, invitation: Invitation) -> int:
    """Use up one attempt at the code, of whoever asks at the same time another one; how many are left."""
    taken = (
        update(InvitationRow)
        .where(InvitationRow.clinic_id == invitation.clinic_id, InvitationRow.id == invitation.id)
        .values(attempts_left=InvitationRow.attempts_left - 1)
        .returning(InvitationRow.attempts_left)
    )
    left = session.scalar(taken)
    return -1 if left is None else left


def waiting(session: Session, clinic_id: str, *, now_us: int) -> list[Invitation]:
    """Invitations of staff that are good, the newest first."""
    query = select(InvitationRow).where(
        InvitationRow.clinic_id == clinic_id,
        InvitationRow.person_id.is_(None),
        InvitationRow.expires_us > now_us,
    )
    return records(Invitation, session.scalars(query.order_by(InvitationRow.created_us.desc())))


def remove(session: Session, clinic_id: str, invitation_id: str) -> bool:
    """Take an invitation back, or use it up; False when there is none such, or somebody was quicker."""
    return deleted(session, _of_clinic(clinic_id).where(InvitationRow.id == invitation_id)) == 1


def remove_of_person(session: Session, clinic_id: str, person_id: str) -> None:
    """Take back a wearer's way in."""
    session.execute(_of_clinic(clinic_id).where(InvitationRow.person_id == person_id))
    session.flush()


def remove_of_role(session: Session, clinic_id: str, role: str, *, by: str) -> None:
    """Take back the invitations to a role that were made by the same hand."""
    session.execute(
        _of_clinic(clinic_id).where(
            InvitationRow.role == role, InvitationRow.by == by, InvitationRow.account_id.is_(None)
        )
    )
    session.flush()


def remove_made_by(session: Session, clinic_id: str, by: str) -> None:
    """Take back every way in that somebody has handed out."""
    session.execute(_of_clinic(clinic_id).where(InvitationRow.by == by))
    session.flush()


def sweep(session: Session, *, now_us: int) -> None:
    """Delete what has expired."""
    session.execute(delete(InvitationRow).where(InvitationRow.expires_us <= now_us))
    session.flush()


def _of_clinic(clinic_id: str) -> Delete:
    return delete(InvitationRow).where(InvitationRow.clinic_id == clinic_id)
