"""The sets of one local day, those among them that are not scored yet: for counting and alternating."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.coaching.calendar import day_start_us, local_day
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.storage.records import clinics, compliance, declarations


@dataclass(frozen=True, slots=True)
class DaySet:
    """One set of a day; ``side`` of an unlabelled one is both."""

    id: str
    person_id: str
    exercise: str
    side: Side
    started_us: int


def sets_of_day(session: Session, clinic_id: str, at_us: int) -> list[DaySet]:
    """Everybody's sets of the local day of ``at_us``; scored sets without a single rep do not count."""
    zone = ZoneInfo(clinics.get(session, clinic_id).time_zone)
    day = local_day(at_us, zone)
    start_us, end_us = day_start_us(day, zone), day_start_us(day + timedelta(days=1), zone)
    rows = compliance.done(session, clinic_id, start_us=start_us, end_us=end_us)
    known = {row.id for row in rows}
    scored = [
        DaySet(row.id, row.person_id, row.exercise, row.side or Side.BOTH, row.started_us)
        for row in rows
        if row.rep_count != 0 or row.kind is not ExerciseKind.DYNAMIC
    ]
    told = declarations.of_people(session, clinic_id, start_us=start_us, end_us=end_us)
    waiting = [
        DaySet(each.id, each.person_id, each.exercise, each.side, each.opened_us)
        for each in told
        if each.id not in known and each.person_id is not None and each.direction != compliance.BACK
    ]
    return scored + waiting
