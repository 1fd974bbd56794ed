"""Alerts: rules that fired for a person, until somebody settles them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from tempoband.storage.records.errors import not_found
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.tables import AlertRow
from tempoband.storage.records.words import AlertState


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that fired; ``words`` are shown, ``detail`` holds the numbers behind them."""

    id: str
    person_id: str
    rule: str
    words: str
    detail: dict[str, Any]
    raised_us: int
    state: AlertState = AlertState.OPEN
    snoozed_until_us: int | None = None
    settled_us: int | None = None
    settled_by: str | None = None


def raise_alert(session: Session, clinic_id: str, alert: Alert) -> Alert:
    """Keep a new alert."""
    session.add(AlertRow(clinic_id=clinic_id, **values(alert)))
    session.flush()
    return alert


def acknowledge(session: Session, clinic_id: str, alert_id: str, *, by: str, now_us: int) -> Alert:
    """Settle an alert for good; who came first stays.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, alert_id)
    if row.state is not AlertState.ACKNOWLEDGED:
        row.state, row.settled_us, row.settled_by = AlertState.ACKNOWLEDGED, now_us, by
        session.flush()
    return record(Alert, row)


def snooze(session: Session, clinic_id: str, alert_id: str, *, until_us: int) -> Alert:
    """Put an alert away until a moment; an acknowledged one stays so.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, alert_id)
    if row.state is not AlertState.ACKNOWLEDGED:
        row.state, row.snoozed_until_us = AlertState.SNOOZED, until_us
        session.flush()
    return record(Alert, row)


def waiting(session: Session, clinic_id: str, *, now_us: int) -> list[Alert]:
    """Alerts that are open, or whose snooze is over, oldest first."""
    awake = and_(AlertRow.state == AlertState.SNOOZED, AlertRow.snoozed_until_us <= now_us)
    query = select(AlertRow).where(
        AlertRow.clinic_id == clinic_id, or_(AlertRow.state == AlertState.OPEN, awake)
    )
    return records(Alert, session.scalars(query.order_by(AlertRow.raised_us)))


def standing(session: Session, clinic_id: str, person_id: str | None = None) -> list[Alert]:
    """Alerts whose reason still holds, settled or not, oldest first; of one person or of everybody."""
    query = select(AlertRow).where(AlertRow.clinic_id == clinic_id, AlertRow.state != AlertState.CLEARED)
    if person_id is not None:
        query = query.where(AlertRow.person_id == person_id)
    return records(Alert, session.scalars(query.order_by(AlertRow.raised_us)))


def clear(session: Session, clinic_id: str, alert_id: str, *, now_us: int) -> None:
    """The reason is gone; who settled it before that stays.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, alert_id)
    row.state, row.settled_us = AlertState.CLEARED, row.settled_us or now_us
    session.flush()


def reword(session: Session, clinic_id: str, alert_id: str, words: str, detail: dict[str, Any]) -> None:
    """Other numbers behind the same alert.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, alert_id)
    row.words, row.detail = words, detail
    session.flush()


def reopen(session: Session, clinic_id: str, alert_id: str) -> None:
    """Take back that it was settled or put away; a cleared one stays so.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, alert_id)
    if row.state is not AlertState.CLEARED:
        row.state, row.settled_us, row.settled_by, row.snoozed_until_us = AlertState.OPEN, None, None, None
        session.flush()


def _row(session: Session, clinic_id: str, alert_id: str) -> AlertRow:
    row = session.get(AlertRow, (clinic_id, alert_id))
    if row is None:
        raise not_found("alert", alert_id)
    return row
