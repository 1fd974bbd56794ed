"""How a wearer gets in: one tap for a new QR code and six digits, and the devices that are in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from dashboard import auditing
from dashboard.access import inviting
from dashboard.access.consent import held_view
from dashboard.access.models import DeviceOut, JoinOut, WearerAccessOut
from dashboard.caller import Caller
from dashboard.deps import AccessDep, May, RecordsDep, ServicesDep
from dashboard.errors import not_found
from tempoband.identity.permissions import Action
from tempoband.storage.records import accounts, consents, logins, people

router = APIRouter(prefix="/people/{person_id}", tags=["people"])
InviteCaller = Annotated[Caller, Depends(May(Action.INVITE_WEARER))]


@router.post("/invitation", status_code=HTTPStatus.CREATED)
def invite(
    person_id: str, caller: InviteCaller, access: AccessDep, request: Request, response: Response
) -> JoinOut:
    """A QR code and six digits for the wearer's next device, good for a quarter of an hour and once."""
    caller.check(person_id, "person", person_id)
    response.headers["cache-control"] = "no-store"
    with access.records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        made = inviting.invite_wearer(
            access, session, caller.clinic_id, person_id, by=caller.id, base=access.base(request)
        )
        auditing.note(session, caller, "invitation", person_id, person_id=person_id)
    return made


@router.get("/devices")
def list_devices(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_DEVICES))],
    services: ServicesDep,
    records: RecordsDep,
) -> WearerAccessOut:
    """On which devices the wearer is logged in, and what they agreed to."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        account = accounts.of_person(session, caller.clinic_id, person_id)
        now_us = services.now_us() if services.access is None else services.access.now_us()
        found = (
            [] if account is None else logins.of_account(session, caller.clinic_id, account.id, now_us=now_us)
        )
        given = consents.of_person(session, caller.clinic_id, person_id)
    return WearerAccessOut(
        devices=[
            DeviceOut(id=each.id, agent=each.agent, created_us=each.created_us, seen_us=each.seen_us)
            for each in found
        ],
        consent=held_view(given[0]) if given else None,
    )


@router.delete("/devices/{device_id}", status_code=HTTPStatus.NO_CONTENT)
def log_off(person_id: str, device_id: str, caller: InviteCaller, access: AccessDep) -> None:
    """Log one of the wearer's devices off; its open pages stop at once."""
    caller.check(person_id, "person", person_id)
    with access.records.write() as session:
        account = accounts.of_person(session, caller.clinic_id, person_id)
        if account is None or not logins.end(session, caller.clinic_id, account.id, device_id):
            raise not_found("device", device_id)
        auditing.note(session, caller, "session", device_id, person_id=person_id, detail={"what": "ended"})
    access.watch.poke()
