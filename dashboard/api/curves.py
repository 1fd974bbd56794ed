"""``GET /api/sets/{id}/curve``: the stored curve of a set, thinned without hiding a peak."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response

from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep, StoreDep
from dashboard.errors import invalid
from dashboard.live.wire import encode_curve
from dashboard.sets.curve import as_json
from dashboard.sets.models import CurveOut
from dashboard.sets.view import Told, load
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
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
    from_s: Annotated[float | None, Query(ge=0, le=86_400)] = None,
    to_s: Annotated[float | None, Query(gt=0, le=86_400)] = None,
    accept: Annotated[str, Header()] = "application/json",
) -> CurveOut | Response:
    """A set's curve, or with ``from_s`` and ``to_s`` a part of it; times count from the start of the set.

    JSON, or with ``Accept: application/octet-stream`` the binary message of the live socket.
    """
    with records.read() as session:
        told = load(session, caller.clinic_id, set_id)
    caller.check(told.subject.person_id, "set", set_id)
    start_us, end_us = _span(told, services.now_us(), from_s, to_s)
    found = store.read_decimated(told.subject.sensor, start_us, end_us, points)
    if BINARY in accept:
        return Response(b"".join(encode_curve(found)), media_type=BINARY, headers={"vary": "accept"})
    return as_json(found, store.gaps(told.subject.sensor, start_us, end_us), told.started_us)


def _span(told: Told, now_us: int, from_s: float | None, to_s: float | None) -> tuple[int, int]:
    """UTC microseconds [start, end) of what is asked for; beyond the set it may be somebody else's."""
    zero_us, end_us = told.started_us, (told.ended_us or now_us) + 1
    start_us = zero_us if from_s is None else zero_us + round(from_s * MICROSECONDS_PER_SECOND)
    until_us = end_us if to_s is None else zero_us + round(to_s * MICROSECONDS_PER_SECOND)
    if until_us <= start_us:
        raise invalid("to_s must lie after from_s")
    if start_us >= end_us:
        raise invalid("from_s lies after the end of the set")
    return start_us, min(until_us, end_us)
