"""Pain and effort as the wearer tapped them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tempoband.storage.records.rows import records, values
from tempoband.storage.records.tables import SelfReportRow


@dataclass(frozen=True, slots=True)
class SelfReport:
    """Pain 0-10 (numeric rating scale), effort on Borg's CR10; at least one is given."""

    id: str
    person_id: str
    at_us: int
    by: str
    set_id: str | None = None
    pain: int | None = None
    effort_cr10: float | None = None


def add(session: Session, clinic_id: str, report: SelfReport) -> SelfReport:
    """Keep a self-report.

    Raises:
        RecordsError: CONFLICT on commit, for values off the scales or an unknown person.
    """
    session.add(SelfReportRow(clinic_id=clinic_id, **values(report)))
    session.flush()
    return report


def of_person(
    session: Session, clinic_id: str, person_id: str, *, start_us: int, end_us: int
) -> list[SelfReport]:
    """Self-reports of a person in start_us <= t < end_us, by time."""
    query = select(SelfReportRow).where(
        SelfReportRow.clinic_id == clinic_id,
        SelfReportRow.person_id == person_id,
        SelfReportRow.at_us >= start_us,
        SelfReportRow.at_us < end_us,
    )
    return records(SelfReport, session.scalars(query.order_by(SelfReportRow.at_us)))
