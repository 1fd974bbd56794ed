"""``GET /api/bridges``: the programs beside the sensors, and why one of them has none."""

from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard.deps import Caller, May, ServicesDep
from tempoband.contracts.events import BridgeStatus
from tempoband.identity.permissions import Action

router = APIRouter(tags=["sensors"])


@router.get("/bridges")
async def list_bridges(
    _: Annotated[Caller, Depends(May(Action.READ_SENSORS))], services: ServicesDep
) -> list[BridgeStatus]:
    """Every bridge that ever reported."""
    return services.sensors.bridges()
