"""``GET /api/bridges``: the programs beside the sensors, and why one of them has none."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool

from dashboard.deps import Caller, May, ServicesDep
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
    """Every bridge that ever reported, except those whose sensors belong to another clinic."""
    clinics = await run_in_threadpool(_clinics, services)
    found = services.sensors.bridges()
    return [each for each in found if clinics.get(each.bridge, LOCAL_CLINIC) == caller.clinic_id]


def _clinics(services: Services) -> dict[str, str]:
    with services.records.read() as session:
        return devices.bridge_clinics(session)
