"""Accounts: who may log in, and with what."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tempoband.storage.records import invitations
from tempoband.storage.records.errors import conflict, not_found
from tempoband.storage.records.rows import deleted, new_id, record, records
from tempoband.storage.records.tables import (
    AccountRow,
    InvitationRow,
    RecoveryCodeRow,
    SessionRow,
    TokenRow,
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in.

    Attributes:
        id: pseudonymous; the ``by`` of everything they do.
        role: a word of ``identity.principal.Role``.
        login: what is typed at log-in, lower case; None for wearers.
        person_id: the wearer they are.
        password_hash: Argon2id.
        seed: of the authenticator, sealed; None before it is set up.
        seed_offered: shown as a QR code, not confirmed yet; sealed.
        last_step: the time step of the last code that was used.
    """

    id: str
    clinic_id: str
    role: str
    name: str
    login: str | None
    person_id: str | None
    password_hash: str | None
    seed: str | None
    seed_offered: str | None
    last_step: int
    created_us: int
    disabled_us: int | None


def add(
    session: Session,
    clinic_id: str,
    *,
    role: str,
    name: str,
    now_us: int,
    login: str | None = None,
    password_hash: str | None = None,
    person_id: str | None = None,
) -> Account:
    """A new account.

    Raises:
        RecordsError: CONFLICT, when the log-in name is taken.
    """
    if login is not None and by_login(session, login) is not None:
        raise conflict("this log-in name is taken; choose another")
    row = AccountRow(
        clinic_id=clinic_id,
        id=new_id(),
        role=role,
        name=name,
        login=None if login is None else tidy_login(login),
        password_hash=password_hash,
        person_id=person_id,
        last_step=0,
        created_us=now_us,
    )
    session.add(row)
    session.flush()
    return record(Account, row)


def tidy_login(login: str) -> str:
    """A log-in name as it is kept: case and spaces around it do not count."""
    return login.strip().lower()


def by_login(session: Session, login: str) -> Account | None:
    """The account of a log-in name, of whichever clinic."""
    row = session.scalar(select(AccountRow).where(AccountRow.login == tidy_login(login)))
    return None if row is None else record(Account, row)


def of_person(session: Session, clinic_id: str, person_id: str) -> Account | None:
    """A wearer's account, if they ever had one."""
    row = session.scalar(
        select(AccountRow).where(AccountRow.clinic_id == clinic_id, AccountRow.person_id == person_id)
    )
    return None if row is None else record(Account, row)


def find(session: Session, clinic_id: str, account_id: str) -> Account | None:
    """One account, or None."""
    row = session.get(AccountRow, (clinic_id, account_id))
    return None if row is None else record(Account, row)


def get(session: Session, clinic_id: str, account_id: str) -> Account:
    """One account.

    Raises:
        RecordsError: NOT_FOUND.
    """
    return record(Account, _row(session, clinic_id, account_id))


def staff(session: Session, clinic_id: str) -> list[Account]:
    """Everybody of a clinic who is no wearer, by name."""
    query = select(AccountRow).where(AccountRow.clinic_id == clinic_id, AccountRow.person_id.is_(None))
    return records(Account, session.scalars(query.order_by(AccountRow.name, AccountRow.id)))


def wearers(session: Session, clinic_id: str) -> dict[str, str]:
    """The person of each wearer's account."""
    query = select(AccountRow).where(AccountRow.clinic_id == clinic_id, AccountRow.person_id.is_not(None))
    return {row.id: row.person_id for row in session.scalars(query) if row.person_id is not None}


def count(session: Session, role: str, *, clinic_id: str | None = None) -> int:
    """How many accounts have a role and are not disabled."""
    query = select(func.count()).select_from(AccountRow)
    query = query.where(AccountRow.role == role, AccountRow.disabled_us.is_(None))
    if clinic_id is not None:
        query = query.where(AccountRow.clinic_id == clinic_id)
    return session.scalar(query) or 0


def set_password(session: Session, clinic_id: str, account_id: str, password_hash: str) -> None:
    """Another password."""
    _row(session, clinic_id, account_id).password_hash = password_hash
    session.flush()


def offer_seed(session: Session, clinic_id: str, account_id: str, sealed: str) -> None:
    """Keep a seed until a first code confirms that the authenticator has it."""
    _row(session, clinic_id, account_id).seed_offered = sealed
    session.flush()


def confirm_seed(
    session: Session, clinic_id: str, account_id: str, *, step: int, code_digests: list[str]
) -> None:
    """The offered seed counts from now, and so do these recovery codes; older ones do not."""
    row = _row(session, clinic_id, account_id)
    row.seed, row.seed_offered, row.last_step = row.seed_offered, None, step
    _forget_codes(session, clinic_id, account_id)
    session.add_all(
        RecoveryCodeRow(clinic_id=clinic_id, code_digest=each, account_id=account_id) for each in code_digests
    )
    session.flush()


def reset_seed(session: Session, clinic_id: str, account_id: str) -> None:
    """Forget authenticator and recovery codes: they are set up anew at the next log-in."""
    row = _row(session, clinic_id, account_id)
    row.seed = row.seed_offered = None
    _forget_codes(session, clinic_id, account_id)
    session.flush()


def use_step(session: Session, clinic_id: str, account_id: str, step: int) -> bool:
    """Use up a time step; False when it was used before, by whoever was quicker."""
    later = (
        update(AccountRow)
        .where(AccountRow.clinic_id == clinic_id, AccountRow.id == account_id, AccountRow.last_step < step)
        .values(last_step=step)
        .returning(AccountRow.last_step)
    )
    return session.scalar(later) is not None


def use_recovery_code(session: Session, clinic_id: str, account_id: str, code_digest: str) -> bool:
    """Use up a recovery code; False when there is none such, or somebody was quicker."""
    used = delete(RecoveryCodeRow).where(
        RecoveryCodeRow.clinic_id == clinic_id,
        RecoveryCodeRow.code_digest == code_digest,
        RecoveryCodeRow.account_id == account_id,
    )
    return deleted(session, used) == 1


def recovery_codes_left(session: Session, clinic_id: str, account_id: str) -> int:
    """How many recovery codes are unused."""
    query = select(func.count()).select_from(RecoveryCodeRow)
    query = query.where(RecoveryCodeRow.clinic_id == clinic_id, RecoveryCodeRow.account_id == account_id)
    return session.scalar(query) or 0


def disable(session: Session, clinic_id: str, account_id: str, *, now_us: int) -> None:
    """Nobody logs in with this account any more; its sessions and tokens end, and so do its invitations."""
    row = _row(session, clinic_id, account_id)
    row.disabled_us = row.disabled_us or now_us
    invitations.remove_made_by(session, clinic_id, account_id)
    log_off_everywhere(session, clinic_id, account_id)


def enable(session: Session, clinic_id: str, account_id: str) -> None:
    """Let it log in again."""
    _row(session, clinic_id, account_id).disabled_us = None
    session.flush()


def log_off_everywhere(session: Session, clinic_id: str, account_id: str) -> None:
    """End every session and token of an account."""
    for table in (SessionRow, TokenRow):
        session.execute(delete(table).where(table.clinic_id == clinic_id, table.account_id == account_id))
    session.flush()


def remove(session: Session, clinic_id: str, account_id: str) -> None:
    """Delete an account with everything that lets it in."""
    row = _row(session, clinic_id, account_id)
    log_off_everywhere(session, clinic_id, account_id)
    _forget_codes(session, clinic_id, account_id)
    session.execute(
        delete(InvitationRow).where(
            InvitationRow.clinic_id == clinic_id, InvitationRow.account_id == account_id
        )
    )
    session.delete(row)
    session.flush()


def _forget_codes(session: Session, clinic_id: str, account_id: str) -> None:
    session.execute(
        delete(RecoveryCodeRow).where(
            RecoveryCodeRow.clinic_id == clinic_id, RecoveryCodeRow.account_id == account_id
        )
    )


def _row(session: Session, clinic_id: str, account_id: str) -> AccountRow:
    row = session.get(AccountRow, (clinic_id, account_id))
    if row is None:
        raise not_found("account", account_id)
    return row
