"""``GET /healthz``: whether every part of this process runs."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from dashboard.deps import Public, ServicesDep
from dashboard.health import HealthOut, report
from tempoband.identity.permissions import Action, scope
from tempoband.identity.principal import Principal

router = APIRouter(tags=["system"])


@router.get("/healthz", responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": HealthOut}})
def healthz(
    principal: Annotated[Principal | None, Depends(Public())], services: ServicesDep, response: Response
) -> HealthOut:
    """``ok`` only when every part is; the parts for those who are logged in, or where no account is asked."""
    answer = report(services)
    if principal is None or scope(principal, Action.READ_SYSTEM) is None:
        answer = HealthOut(status=answer.status, parts={})
    if answer.status != "ok":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return answer
