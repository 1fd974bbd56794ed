"""A wearer's consent: the text, agreeing, leaving."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from dashboard import auditing
from dashboard.access import consent, cookies
from dashboard.access.models import ConsentIn, ConsentOut, LeaveIn
from dashboard.caller import Caller
from dashboard.deps import AccessDep, May, RecordsDep, ServicesDep
from tempoband.identity.permissions import Action

router = APIRouter(prefix="/consent", tags=["account"])
ConsentCaller = Annotated[Caller, Depends(May(Action.CONSENT))]


@router.get("")
def read_consent(
    caller: Annotated[Caller, Depends(May(Action.READ_CONSENT))], records: RecordsDep
) -> ConsentOut:
    """The text in every language, its version, and what was agreed to."""
    with records.read() as session:
        return consent.shown(session, caller.clinic_id, caller.principal.person_id)


@router.post("", status_code=HTTPStatus.NO_CONTENT)
def agree(told: ConsentIn, caller: ConsentCaller, access: AccessDep) -> None:
    """Agree to the text that was read."""
    with access.records.write() as session:
        person_id = caller.myself
        kept = consent.agree(session, caller.clinic_id, person_id, told, now_us=access.now_us())
        auditing.note(
            session, caller, "consent", kept.id, person_id=person_id, detail={"version": told.version}
        )


@router.post("/withdrawal", status_code=HTTPStatus.NO_CONTENT)
def leave(
    *,
    told: LeaveIn,
    caller: ConsentCaller,
    access: AccessDep,
    services: ServicesDep,
    request: Request,
    response: Response,
) -> None:
    """Leave: withdraw, log every device off, and with ``erase`` ask the clinic to erase everything."""
    with access.records.write() as session:
        person_id = caller.myself
        consent.leave(session, caller.clinic_id, person_id, now_us=access.now_us(), erase=told.erase)
        detail = {"what": "withdrawn", "erase": told.erase}
        auditing.note(session, caller, "consent", person_id, person_id=person_id, detail=detail)
    services.watches.end(caller.clinic_id, person_id)
    services.watch_changed()
    access.watch.poke()
    cookies.drop(request, response)
