"""``GET /api/compliance``: who did what against what was prescribed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.prescribing.compliance import overview
from dashboard.prescribing.models import ComplianceOut
from tempoband.identity.permissions import Action

router = APIRouter(tags=["compliance"])


@router.get("/compliance")
def get_compliance(
    caller: Annotated[Caller, Depends(May(Action.READ_COMPLIANCE))],
    services: ServicesDep,
    records: RecordsDep,
    days: Annotated[int, Query(ge=1, le=366)] = 7,
) -> ComplianceOut:
    """The last local days, today included; one row per person."""
    only = caller.only_person
    with records.read() as session:
        return overview(session, caller.clinic_id, days=days, now_us=services.now_us(), only=only)
