"""Pairing, asked by a home that has nothing yet but six digits."""

from http import HTTPStatus

from fastapi import APIRouter, Depends, Request

from dashboard.deps import ForPrograms, RecordsDep, ServicesDep
from dashboard.sensors import pairing
from tempoband.contracts.homes import PairingAsk, PairingGrant

router = APIRouter(prefix="/pairing", tags=["homes"])


@router.post("", status_code=HTTPStatus.CREATED, dependencies=[Depends(ForPrograms())])
def pair(ask: PairingAsk, request: Request, services: ServicesDep, records: RecordsDep) -> PairingGrant:
    """Turn a code into a home's credential, once; 403 for a wrong one, 429 after too many."""
    address = request.client.host if request.client else ""
    mqtt_url = services.settings.homes_mqtt_url
    return pairing.redeem(records, ask, address, now_us=services.now_us(), mqtt_url=mqtt_url)
