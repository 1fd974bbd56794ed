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


def _row(session: Session, clinic_id: str, alert_id: str) -> AlertRow:
    row = session.get(AlertRow, (clinic_id, alert_id))
    if row is None:
        raise not_found("alert", alert_id)
    return row
