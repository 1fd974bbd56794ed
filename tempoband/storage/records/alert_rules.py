"""The rules of alerts as each clinic wants them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import records, values
from tempoband.storage.records.tables import AlertRuleRow


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule that a clinic changed; ``limits`` are its numbers by name."""

    rule: str
    enabled: bool
    limits: dict[str, float]
    changed_us: int
    by: str


def keep(session: Session, clinic_id: str, rule: KeptRule) -> None:
    """Keep a rule in place of what was there."""
    session.merge(AlertRuleRow(clinic_id=clinic_id, **values(rule)))
    session.flush()


def every(session: Session, clinic_id: str) -> list[KeptRule]:
    """The rules that differ from how they come, or once did."""
    query = select(AlertRuleRow).where(AlertRuleRow.clinic_id == clinic_id)
    return records(KeptRule, session.scalars(query.order_by(AlertRuleRow.rule)))
