"""``GET /healthz``: whether every part of this process runs."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from dashboard.deps import Caller, May, ServicesDep
from dashboard.health import report
from dashboard.models import HealthOut
from tempoband.identity.permissions import Action

router = APIRouter(tags=["system"])


@router.get("/healthz", responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": HealthOut}})
def healthz(
    _: Annotated[Caller, Depends(May(Action.READ_SYSTEM))], services: ServicesDep, response: Response
) -> HealthOut:
    """Every part, and ``ok`` only when all of them are."""
    answer = report(services)
    if answer.status != "ok":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return answer
