"""``GET /api/info``: what this program is, and ``GET /api/openapi.json``: what it can be asked."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from dashboard.access.models import QrOut
from dashboard.access.qr import qr
from dashboard.caller import Caller
from dashboard.deps import May, ServicesDep
from dashboard.language import translated
from dashboard.models import Out
from tempoband import __version__
from tempoband.identity.permissions import Action
from tempoband.storage.records import clinics

router = APIRouter(tags=["system"])


class InfoOut(Out):
    """What this program is."""

    version: str
    mode: str
    simulated: bool
    clinic: str
    time_zone: str


class TrustOut(Out):
    """Where a phone reads how to trust this machine; nothing, where there is nothing to do."""

    url: str | None = None
    fingerprint: str | None = None
    qr: QrOut | None = None


@router.get("/info")
def info(caller: Annotated[Caller, Depends(May(Action.READ_SYSTEM))], services: ServicesDep) -> InfoOut:
    """Version, mode, clinic; ``simulated`` when the wearers are virtual."""
    with services.records.read() as session:
        clinic = clinics.get(session, caller.clinic_id)
    return InfoOut(
        version=__version__,
        mode=services.settings.mode,
        simulated=services.settings.simulated,
        clinic=translated(clinic.name),
        time_zone=clinic.time_zone,
    )


@router.get("/trust")
def trust(
    _: Annotated[Caller, Depends(May(Action.READ_SYSTEM))], services: ServicesDep, request: Request
) -> TrustOut:
    """At home: where a phone reads how to trust this machine, with its QR code; elsewhere nothing."""
    settings = services.settings
    if not settings.trust_port:
        return TrustOut()
    url = f"http://{request.url.hostname}:{settings.trust_port}"
    return TrustOut(url=url, fingerprint=settings.trust_fingerprint, qr=qr(url))


@router.get("/openapi.json", include_in_schema=False)
def openapi(_: Annotated[Caller, Depends(May(Action.READ_SYSTEM))], request: Request) -> dict[str, Any]:
    """The OpenAPI document."""
    return dict(request.app.openapi())
