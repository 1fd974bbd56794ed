"""The clinic's fleet: its bridges and homes, pairing codes, conflicts; and a home's link to its clinic."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.sensors import fleet, pairing
from dashboard.sensors.fleet import CodeOut, HomeOut
from tempoband.contracts.homes import ClinicLink
from tempoband.identity.permissions import Action
from tempoband.storage.records import bridges, sync
from tempoband.storage.records.sync import Conflict

router = APIRouter(tags=["homes"])
ManageCaller = Annotated[Caller, Depends(May(Action.MANAGE_HOMES))]


@router.get("/homes")
def list_homes(
    caller: Annotated[Caller, Depends(May(Action.READ_HOMES))], records: RecordsDep
) -> list[HomeOut]:
    """Every bridge and home of the clinic, the newest first."""
    with records.read() as session:
        return fleet.fleet(session, caller.clinic_id)


@router.post("/people/{person_id}/pairing-code", status_code=HTTPStatus.CREATED)
def new_code(person_id: str, caller: ManageCaller, services: ServicesDep, records: RecordsDep) -> CodeOut:
    """A six-digit code that pairs one home of this person once, within half an hour."""
    caller.check(person_id, "person", person_id)
    now_us = services.now_us()
    with records.write() as session:
        code, expires_us = pairing.issue(session, caller.clinic_id, person_id, by=caller.id, now_us=now_us)
        auditing.note(session, caller, "pairing_code", person_id, person_id=person_id)
    return CodeOut(code=code, expires_us=expires_us)


@router.post("/homes/{home_id}/revoke")
def revoke(home_id: str, caller: ManageCaller, services: ServicesDep, records: RecordsDep) -> HomeOut:
    """Let a bridge or home in no more; it is cut within about a second. Its data stays."""
    with records.write() as session:
        bridges.revoke(session, caller.clinic_id, home_id, now_us=services.now_us())
        auditing.note(session, caller, "home", home_id)
        return fleet.one(session, caller.clinic_id, home_id)


@router.get("/homes/{home_id}/conflicts")
def list_conflicts(
    home_id: str, caller: Annotated[Caller, Depends(May(Action.READ_CONFLICTS))], records: RecordsDep
) -> list[Conflict]:
    """What was changed both at home and here: what was kept and what was not, the newest first."""
    with records.read() as session:
        bridges.get(session, caller.clinic_id, home_id)
        return sync.conflicts(session, caller.clinic_id, home_id)


@router.post("/homes/{home_id}/conflicts/seen", status_code=HTTPStatus.NO_CONTENT)
def saw_conflicts(
    home_id: str,
    caller: Annotated[Caller, Depends(May(Action.SETTLE_CONFLICTS))],
    services: ServicesDep,
    records: RecordsDep,
) -> None:
    """Say that the conflicts with this home were looked at."""
    with records.write() as session:
        bridges.get(session, caller.clinic_id, home_id)
        sync.saw(session, caller.clinic_id, home_id, by=caller.id, now_us=services.now_us())
        auditing.note(session, caller, "home", home_id, detail={"what": "conflicts"})


@router.get("/clinic")
def clinic_link(_: Annotated[Caller, Depends(May(Action.READ_SYSTEM))], services: ServicesDep) -> ClinicLink:
    """How this home stands with its clinic; a machine that is no home says so."""
    return services.clinic_link()
