"""``GET /api/people/{id}/trends``: how the sets of a person developed."""

from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep
from dashboard.patient.models import Trend
from dashboard.patient.trends import trends
from tempoband.identity.permissions import Action
from tempoband.storage.records import people

router = APIRouter(prefix="/people", tags=["trends"])


@router.get("/{person_id}/trends")
def list_trends(
    person_id: str, caller: Annotated[Caller, Depends(May(Action.READ_SETS))], records: RecordsDep
) -> list[Trend]:
    """One trend per exercise and side over the last 500 sets, broken where curves are not comparable."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        return trends(session, caller.clinic_id, person_id)
