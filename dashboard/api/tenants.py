"""Clinics of the server: made by its administrator, who sees nobody's data."""

from http import HTTPStatus
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Request

from dashboard import auditing
from dashboard.access import inviting
from dashboard.access.models import ClinicIn, ClinicOut, NewClinicOut
from dashboard.caller import Caller
from dashboard.deps import AccessDep, May, RecordsDep
from dashboard.errors import invalid
from dashboard.language import translated
from tempoband.identity.permissions import Action
from tempoband.identity.principal import Role
from tempoband.storage.records import clinics
from tempoband.storage.records.rows import new_id, values
from tempoband.words.phrases import phrased

router = APIRouter(prefix="/clinics", tags=["clinics"])


@router.get("")
def list_clinics(
    _: Annotated[Caller, Depends(May(Action.READ_CLINICS))], records: RecordsDep
) -> list[ClinicOut]:
    """Every clinic of this server, by name."""
    with records.read() as session:
        found = clinics.every(session)
        return [ClinicOut(**values(each) | {"name": translated(each.name)}) for each in found]


@router.post("", status_code=HTTPStatus.CREATED)
def add_clinic(
    told: ClinicIn,
    caller: Annotated[Caller, Depends(May(Action.MANAGE_CLINICS))],
    access: AccessDep,
    request: Request,
) -> NewClinicOut:
    """A new clinic, and a one-time link for its first administrator."""
    if told.time_zone not in available_timezones():
        raise invalid(
            phrased("{zone!r} is no time zone; write a name such as Europe/Berlin", zone=told.time_zone)
        )
    now_us = access.now_us()
    with access.records.write() as session:
        made = clinics.ensure(session, new_id(), told.name, now_us=now_us, time_zone=told.time_zone)
        link = inviting.invite_staff(
            session, made.id, Role.CLINIC_ADMIN, by=caller.id, base=access.base(request), now_us=now_us
        )
        auditing.note(session, caller, "clinic", made.id)
    return NewClinicOut(**values(made), admin=link)
