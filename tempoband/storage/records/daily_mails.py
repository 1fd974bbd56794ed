"""The daily mail of a clinic: who gets it, at which hour, and the day it was last sent for."""

from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from tempoband.storage.records.tables import DailyMailRow

_LONGEST_TROUBLE = 200


@dataclass(frozen=True, slots=True)
class DailyMail:
    """One clinic's mail.

    Attributes:
        to: addresses.
        hour: of the clinic's local day, 0 to 23.
        last_day: ISO date it was last sent for.
        trouble: why the last try failed.
        language: what it is written in; None: English.
    """

    enabled: bool = False
    to: tuple[str, ...] = ()
    hour: int = 7
    last_day: str | None = None
    last_sent_us: int | None = None
    trouble: str | None = None
    language: str | None = None


def get(session: Session, clinic_id: str) -> DailyMail:
    """The clinic's mail; switched off until somebody sets it up."""
    row = session.get(DailyMailRow, clinic_id)
    return DailyMail() if row is None else _mail(row)


def setup(
    session: Session,
    clinic_id: str,
    *,
    enabled: bool,
    to: tuple[str, ...],
    hour: int,
    language: str | None = None,
) -> DailyMail:
    """Say who gets it, when, and in which language."""
    row = session.get(DailyMailRow, clinic_id)
    if row is None:
        row = DailyMailRow(clinic_id=clinic_id, last_day=None, last_sent_us=None, trouble=None)
        session.add(row)
    row.enabled, row.recipients, row.hour, row.language = enabled, {"to": list(to)}, hour, language
    session.flush()
    return _mail(row)


def wanted(session: Session) -> dict[str, DailyMail]:
    """The mails that are switched on, by clinic."""
    rows = session.scalars(select(DailyMailRow).where(DailyMailRow.enabled))
    return {row.clinic_id: _mail(row) for row in rows}


def claim(session: Session, clinic_id: str, day: str) -> bool:
    """Take a day's mail on oneself; False when it was sent, or somebody else is at it.

    Claimed before it is sent: a crash in between costs a mail, never sends two.
    """
    claimed = session.execute(
        update(DailyMailRow)
        .where(
            DailyMailRow.clinic_id == clinic_id,
            or_(DailyMailRow.last_day.is_(None), DailyMailRow.last_day != day),
        )
        .values(last_day=day)
    )
    return bool(getattr(claimed, "rowcount", 0))


def settle(
    session: Session, clinic_id: str, *, before: str | None, sent_us: int | None, trouble: str | None
) -> None:
    """Note how sending went; a mail that could not be sent gives its day back."""
    row = session.get(DailyMailRow, clinic_id)
    if row is None:
        return
    if trouble is not None:
        row.last_day = before
    row.trouble = None if trouble is None else trouble[:_LONGEST_TROUBLE]
    row.last_sent_us = sent_us or row.last_sent_us
    session.flush()


def _mail(row: DailyMailRow) -> DailyMail:
    to = tuple(str(each) for each in row.recipients.get("to", ()))
    return DailyMail(row.enabled, to, row.hour, row.last_day, row.last_sent_us, row.trouble, row.language)
