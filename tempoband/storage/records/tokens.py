"""Tokens of programs: limited to some actions, kept as digests, shown once."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import new_id, record, records
from tempoband.storage.records.tables import TokenRow

_NOTED_EVERY_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Token:
    """A program's token; ``scopes`` is ``{"actions": [...]}``."""

    id: str
    clinic_id: str
    account_id: str
    name: str
    scopes: dict[str, Any]
    created_us: int
    used_us: int | None
    expires_us: int

    @property
    def actions(self) -> frozenset[str]:
        """What it may do, at most."""
        return frozenset(self.scopes["actions"])


def add(
    session: Session,
    clinic_id: str,
    account_id: str,
    key_digest: str,
    *,
    name: str,
    actions: Collection[str],
    now_us: int,
    expires_us: int,
) -> Token:
    """A new token."""
    row = TokenRow(
        clinic_id=clinic_id,
        id=new_id(),
        account_id=account_id,
        name=name,
        key_digest=key_digest,
        scopes={"actions": sorted(actions)},
        created_us=now_us,
        expires_us=expires_us,
    )
    session.add(row)
    session.flush()
    return record(Token, row)


def by_key(session: Session, key_digest: str, *, now_us: int) -> Token | None:
    """The token of a key, unless it has expired."""
    row = session.scalar(select(TokenRow).where(TokenRow.key_digest == key_digest))
    return None if row is None or row.expires_us <= now_us else record(Token, row)


def used(session: Session, token: Token, *, now_us: int) -> None:
    """Note its use."""
    row = session.get(TokenRow, (token.clinic_id, token.id))
    if row is not None:
        row.used_us = now_us
        session.flush()


def worth_noting(token: Token, now_us: int) -> bool:
    """Whether the last use is long enough ago to be written again."""
    return token.used_us is None or now_us - token.used_us >= _NOTED_EVERY_US


def of_account(session: Session, clinic_id: str, account_id: str) -> list[Token]:
    """All tokens of an account, expired ones too, newest first."""
    query = select(TokenRow).where(TokenRow.clinic_id == clinic_id, TokenRow.account_id == account_id)
    return records(Token, session.scalars(query.order_by(TokenRow.created_us.desc(), TokenRow.id)))


def revoke(session: Session, clinic_id: str, account_id: str, token_id: str) -> bool:
    """End a token; False when the account has none such."""
    row = session.get(TokenRow, (clinic_id, token_id))
    if row is None or row.account_id != account_id:
        return False
    session.delete(row)
    session.flush()
    return True


def still_there(session: Session, ids: Collection[str], *, now_us: int) -> set[str]:
    """Which of these tokens are good, of whichever clinic."""
    query = select(TokenRow.id).where(TokenRow.id.in_(ids), TokenRow.expires_us > now_us)
    return set(session.scalars(query))


def sweep(session: Session, *, older_than_us: int) -> None:
    """Delete tokens that expired long ago."""
    session.execute(delete(TokenRow).where(TokenRow.expires_us < older_than_us))
    session.flush()
