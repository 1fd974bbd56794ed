"""``GET /api/people/{id}/calendar``: a month, day by day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.patient.calendar import month_of
from dashboard.patient.models import CalendarOut
from tempoband.identity.permissions import Action
from tempoband.storage.records import people

router = APIRouter(prefix="/people", tags=["calendar"])


@router.get("/{person_id}/calendar")
def get_calendar(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_COMPLIANCE))],
    services: ServicesDep,
    records: RecordsDep,
    month: Annotated[str, Query(pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])$")] | None = None,
) -> CalendarOut:
    """One month of local days, done, partly, missed, open or rest; ``month`` such as 2026-11, default now."""
    caller.check(person_id, "person", person_id)
    now_us = services.now_us()
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        first = date.fromisoformat(f"{month}-01") if month else None
        return month_of(session, caller.clinic_id, person_id, first, now_us)
