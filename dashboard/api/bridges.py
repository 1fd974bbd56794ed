"""``GET /api/bridges``: the programs beside the sensors, and why one of them has none."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool

from dashboard.caller import Caller
from dashboard.deps import May, ServicesDep
from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import BridgeStatus
from tempoband.identity.permissions import Action
from tempoband.storage.records import devices

router = APIRouter(tags=["sensors"])


@router.get("/bridges")
async def list_bridges(
    caller: Annotated[Caller, Depends(May(Action.READ_SENSORS))], services: ServicesDep
) -> list[BridgeStatus]:
    """Every bridge of the clinic that ever reported; for a wearer only those beside their own sensors."""
    return await run_in_threadpool(_of_caller, services, caller)


def _of_caller(services: Services, caller: Caller) -> list[BridgeStatus]:
    only = caller.only_person
    with services.records.read() as session:
        clinics = devices.bridge_clinics(session)
        worn = [s for s, person in devices.wearers(session, caller.clinic_id).items() if person == only]
    found = [
        each
        for each in services.sensors.bridges()
        if clinics.get(each.bridge, LOCAL_CLINIC) == caller.clinic_id
    ]
    if only is None:
        return found
    near = {status.bridge for sensor in worn if (status := services.sensors.find(sensor)) is not None}
    return [each for each in found if each.bridge in near]
