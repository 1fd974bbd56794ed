"""``GET /api/me``: who is asking, and what they may do."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from dashboard.access.me import describe, renew_device_key
from dashboard.access.models import MeOut
from dashboard.deps import Caller, May, ServicesDep
from tempoband.identity.permissions import Action

router = APIRouter(prefix="/me", tags=["account"])


@router.get("")
def me(
    caller: Annotated[Caller, Depends(May(Action.READ_ACCOUNT))],
    services: ServicesDep,
    request: Request,
    response: Response,
) -> MeOut:
    """Who is asking; 401 for nobody we know."""
    response.headers["cache-control"] = "no-store"
    renew_device_key(services, request, response)
    return describe(services, caller.principal)
