"""``GET /api/sensors/{sensor}/samples.csv``: the raw samples of a stretch."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from dashboard import sensor_access
from dashboard.deps import Caller, May, ServicesDep, StoreDep
from dashboard.errors import invalid
from dashboard.samples import csv_lines, file_name
from tempoband.contracts.frame import EARLIEST_US, LATEST_US
from tempoband.identity.permissions import Action

router = APIRouter(prefix="/sensors", tags=["samples"])
Instant = Annotated[int, Query(ge=EARLIEST_US, le=LATEST_US)]


@router.get("/{sensor}/samples.csv", response_class=StreamingResponse)
def samples_csv(
    *,
    sensor: str,
    start_us: Instant,
    end_us: Instant,
    caller: Annotated[Caller, Depends(May(Action.READ_SAMPLES))],
    services: ServicesDep,
    store: StoreDep,
) -> StreamingResponse:
    """Every sample with start_us <= t < end_us; ``time_s`` counts from ``start_us``."""
    if end_us <= start_us:
        raise invalid("end_us must lie after start_us")
    sensor_access.see_then(services, caller, sensor, start_us=start_us, end_us=end_us)
    return StreamingResponse(
        csv_lines(store, sensor, start_us, end_us),
        media_type="text/csv; charset=utf-8; header=present",
        headers={
            "content-disposition": f'attachment; filename="{file_name(sensor, start_us)}"',
            "cache-control": "no-store",
        },
    )
