"""``GET /api/sets/{id}/curve``: the stored curve of a set, thinned without hiding a peak."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response

from dashboard.curve_view import as_json
from dashboard.deps import Caller, May, RecordsDep, ServicesDep, StoreDep
from dashboard.models import CurveOut
from dashboard.set_view import load
from dashboard.wire import encode_curve
from tempoband.identity.permissions import Action

router = APIRouter(prefix="/sets", tags=["sets"])
BINARY = "application/octet-stream"


@router.get("/{set_id}/curve", response_model=CurveOut, responses={200: {"content": {BINARY: {}}}})
def curve(
    *,
    set_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_SAMPLES))],
    services: ServicesDep,
    records: RecordsDep,
    store: StoreDep,
    points: Annotated[int, Query(ge=10, le=50_000)] = 2000,
    accept: Annotated[str, Header()] = "application/json",
) -> CurveOut | Response:
    """JSON, or with ``Accept: application/octet-stream`` the binary message of the live socket."""
    with records.read() as session:
        told = load(session, caller.clinic_id, set_id)
    caller.check(told.subject.person_id, "set", set_id)
    start_us, end_us = told.started_us, (told.ended_us or services.now_us()) + 1
    found = store.read_decimated(told.subject.sensor, start_us, end_us, points)
    if BINARY in accept:
        return Response(b"".join(encode_curve(found)), media_type=BINARY, headers={"vary": "accept"})
    return as_json(found, store.gaps(told.subject.sensor, start_us, end_us), start_us)
