"""A person's rights: what they agreed to, who saw their data, a copy of everything, erasure."""

import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import Field

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from dashboard.models import In, Name, Out
from dashboard.privacy import rights
from dashboard.privacy.at_homes import HomeErasureOut, at_homes
from dashboard.privacy.bundle import Subject, bundle
from dashboard.privacy.rights import RightsOut, StandingOut
from dashboard.serving.downloads import kept_as
from tempoband.contracts.frame import EARLIEST_US, LATEST_US
from tempoband.identity.permissions import Action, scope
from tempoband.storage.erasure import Orderer, erase_person
from tempoband.storage.records import accounts, audit, people
from tempoband.storage.records.audit import Wanted
from tempoband.storage.timeseries.open import open_eraser

router = APIRouter(tags=["privacy"])
AuditCaller = Annotated[Caller, Depends(May(Action.READ_AUDIT))]
RightsCaller = Annotated[Caller, Depends(May(Action.READ_RIGHTS))]
_NEWEST = 200


class LookOut(Out):
    """One act on a person's data: ``by_name`` where it was staff of the clinic."""

    at_us: int
    by: str
    by_name: str | None
    role: str
    action: str


class ErasureIn(In):
    """The person's name, typed again: nobody erases by a slip."""

    name: Name


class ErasedOut(Out):
    """What is gone."""

    samples: int
    rows: Annotated[dict[str, int], Field(description="rows deleted, by table")]


@router.get("/people/{person_id}/audit")
def looks(person_id: str, caller: AuditCaller, records: RecordsDep) -> list[LookOut]:
    """Who saw or changed a person's data, newest first."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        names = {each.id: each.name for each in accounts.staff(session, caller.clinic_id)}
        wanted = Wanted(EARLIEST_US, LATEST_US, person_id)
        found = audit.newest(session, caller.clinic_id, wanted, limit=_NEWEST)
    return [
        LookOut(at_us=a.at_us, by=a.by, by_name=names.get(a.by), role=a.role, action=a.action) for a in found
    ]


@router.get("/people/{person_id}/export.zip", response_class=StreamingResponse)
def export_person(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.EXPORT_PERSON))],
    services: ServicesDep,
    records: RecordsDep,
) -> StreamingResponse:
    """Everything kept about a person: to read, and for programs. The physio's notes only for physios."""
    caller.check(person_id, "person", person_id)
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        auditing.note(session, caller, "person", person_id, person_id=person_id)
    without = frozenset() if scope(caller.principal, Action.READ_NOTES) else frozenset({"notes"})
    subject = Subject(
        caller.clinic_id, person_id, services.now_us(), without, simulated=services.settings.simulated
    )
    return _download(bundle(records, services.store.reader, subject), "application/zip", "everything.zip")


@router.get("/rights")
def list_rights(caller: RightsCaller, records: RecordsDep) -> list[StandingOut]:
    """Everybody, and what they agreed to; who asks for erasure comes first."""
    only = caller.only_person
    with records.read() as session:
        return rights.standings(session, caller.clinic_id, only)


@router.get("/people/{person_id}/rights")
def read_rights(
    person_id: str, caller: RightsCaller, services: ServicesDep, records: RecordsDep
) -> RightsOut:
    """What a person agreed to, word for word, and how much is kept of them."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        return rights.of_person(session, caller.clinic_id, person_id, now_us=services.now_us())


@router.get("/erasures/homes")
def list_home_erasures(caller: RightsCaller, records: RecordsDep) -> list[HomeErasureOut]:
    """What homes were ordered to erase, and when each has said that it is gone there, newest first."""
    only = caller.only_person
    with records.read() as session:
        found = at_homes(session, caller.clinic_id)
    return [each for each in found if only in (None, each.person_id)]


@router.post("/people/{person_id}/erasure")
def erase(
    person_id: str,
    told: ErasureIn,
    caller: Annotated[Caller, Depends(May(Action.ERASE_PERSON))],
    services: ServicesDep,
    records: RecordsDep,
) -> ErasedOut:
    """Erase a person for good: samples, every row, the name, the account. The audit keeps the number."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        person = people.get(session, caller.clinic_id, person_id)
    if person.display_name.casefold() != told.name.casefold():
        raise invalid("this is not the person's name; nothing was erased")
    orderer = Orderer(caller.id, caller.principal.role, caller.clinic_id)
    with contextlib.closing(open_eraser(services.settings.store_address())) as samples:
        erased = erase_person(records, samples, person_id, orderer, now_us=services.now_us())
    services.watches.end(caller.clinic_id, person_id)
    services.watch_changed()
    if services.access is not None:
        services.access.watch.poke()
    return ErasedOut(samples=erased.samples, rows=erased.rows)


def _download(lines: Iterator[bytes], kind: str, name: str) -> StreamingResponse:
    return StreamingResponse(lines, HTTPStatus.OK, kept_as(name), kind)
