"""Sessions: browsers that are logged in. Only digests of their keys are kept."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import new_id, record, records
from tempoband.storage.records.tables import SessionRow

_NOTED_EVERY_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Login:
    """One logged-in browser.

    Attributes:
        id: for lists; opens nothing.
        key_digest: of the key in its cookie.
        previous_digest: of the key before; good until the browser has shown the new one.
        confirmed_us: when it first showed the new one.
        idle_us: how long it lives unused.
        expires_us: when it ends in any case.
    """

    id: str
    clinic_id: str
    account_id: str
    key_digest: str
    previous_digest: str | None
    rotated_us: int
    confirmed_us: int | None
    agent: str
    second_factor_us: int | None
    created_us: int
    seen_us: int
    idle_us: int
    expires_us: int

    def alive(self, now_us: int) -> bool:
        """Whether it still lets somebody in."""
        return now_us < min(self.expires_us, self.seen_us + self.idle_us)


def begin(
    session: Session,
    clinic_id: str,
    account_id: str,
    key_digest: str,
    *,
    agent: str,
    now_us: int,
    idle_us: int,
    expires_us: int,
) -> Login:
    """A new session."""
    row = SessionRow(
        clinic_id=clinic_id,
        id=new_id(),
        account_id=account_id,
        key_digest=key_digest,
        rotated_us=now_us,
        agent=agent,
        created_us=now_us,
        seen_us=now_us,
        idle_us=idle_us,
        expires_us=expires_us,
    )
    session.add(row)
    session.flush()
    return record(Login, row)


def by_key(session: Session, key_digest: str) -> Login | None:
    """The session of a key, new or previous, alive or not."""
    row = session.scalar(
        select(SessionRow).where(
            or_(SessionRow.key_digest == key_digest, SessionRow.previous_digest == key_digest)
        )
    )
    return None if row is None else record(Login, row)


def seen(session: Session, login: Login, *, now_us: int) -> None:
    """Note that it was used."""
    row = session.get(SessionRow, (login.clinic_id, login.id))
    if row is not None:
        row.seen_us = max(row.seen_us, now_us)
        session.flush()


def worth_noting(login: Login, now_us: int) -> bool:
    """Whether the last use is long enough ago to be written again."""
    return now_us - login.seen_us >= _NOTED_EVERY_US


def confirm(session: Session, login: Login, *, now_us: int) -> None:
    """The browser has shown its new key: the one before is not good any more."""
    row = session.get(SessionRow, (login.clinic_id, login.id))
    if row is not None and row.confirmed_us is None:
        row.confirmed_us = now_us
        session.flush()


def rotate(
    session: Session, login: Login, key_digest: str, *, now_us: int, previous: str | None = None
) -> None:
    """Another key; ``previous`` stays good until the new one was seen."""
    row = session.get(SessionRow, (login.clinic_id, login.id))
    if row is None:
        return
    row.previous_digest = previous
    row.key_digest, row.confirmed_us = key_digest, None
    row.rotated_us = row.seen_us = now_us
    session.flush()


def passed_second_factor(session: Session, login: Login, *, now_us: int) -> None:
    """The second factor was given in this session."""
    row = session.get(SessionRow, (login.clinic_id, login.id))
    if row is not None:
        row.second_factor_us = now_us
        session.flush()


def of_account(session: Session, clinic_id: str, account_id: str, *, now_us: int) -> list[Login]:
    """Sessions that are alive, the last used first."""
    query = select(SessionRow).where(SessionRow.clinic_id == clinic_id, SessionRow.account_id == account_id)
    found = records(Login, session.scalars(query.order_by(SessionRow.seen_us.desc())))
    return [each for each in found if each.alive(now_us)]


def end(session: Session, clinic_id: str, account_id: str, login_id: str) -> bool:
    """Log one off; False when the account has none such."""
    row = session.get(SessionRow, (clinic_id, login_id))
    if row is None or row.account_id != account_id:
        return False
    session.delete(row)
    session.flush()
    return True


def end_others(session: Session, clinic_id: str, account_id: str, *, but: str | None) -> None:
    """Log every session of an account off except one."""
    query = delete(SessionRow).where(SessionRow.clinic_id == clinic_id, SessionRow.account_id == account_id)
    session.execute(query if but is None else query.where(SessionRow.id != but))
    session.flush()


def still_there(session: Session, ids: Collection[str], *, now_us: int) -> set[str]:
    """Which of these sessions are alive, of whichever clinic."""
    rows = session.scalars(select(SessionRow).where(SessionRow.id.in_(ids)))
    return {row.id for row in rows if record(Login, row).alive(now_us)}


def sweep(session: Session, *, now_us: int) -> None:
    """Delete sessions that have ended by themselves."""
    session.execute(
        delete(SessionRow).where(
            or_(SessionRow.expires_us <= now_us, SessionRow.seen_us + SessionRow.idle_us <= now_us)
        )
    )
    session.flush()
