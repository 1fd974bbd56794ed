"""``GET /api/sensors/{sensor}/samples.csv``: the raw samples of a stretch."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from dashboard.caller import Caller
from dashboard.deps import May, ServicesDep, StoreDep
from dashboard.errors import invalid
from dashboard.sensors.samples import csv_lines, file_name
from dashboard.serving.downloads import kept_as
from dashboard.serving.spans import Instant
from tempoband.identity.permissions import Action
from tempoband.storage.records import devices

router = APIRouter(prefix="/sensors", tags=["samples"])


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
    services.sensor_access.see_then(caller, sensor, start_us=start_us, end_us=end_us)
    with services.records.read() as session:
        simulated = services.settings.simulated or sensor in devices.simulated(session, caller.clinic_id)
    return StreamingResponse(
        csv_lines(store, sensor, start_us, end_us, simulated=simulated),
        media_type="text/csv; charset=utf-8; header=present",
        headers=kept_as(file_name(sensor, start_us, simulated=simulated)),
    )
