"""People: the wearers of the clinic."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.patient.models import LanguageIn, PersonIn, PersonOut
from dashboard.patient.people import person_views
from tempoband.identity.permissions import Action
from tempoband.storage.records import people

router = APIRouter(prefix="/people", tags=["people"])
ReadCaller = Annotated[Caller, Depends(May(Action.READ_PEOPLE))]


@router.get("")
def list_people(caller: ReadCaller, services: ServicesDep, records: RecordsDep) -> list[PersonOut]:
    """Everybody who is not archived, by name."""
    only = caller.only_person
    with records.read() as session:
        found = [p for p in people.current(session, caller.clinic_id) if only in (None, p.id)]
        return person_views(session, caller.clinic_id, found, services.now_us())


@router.post("", status_code=HTTPStatus.CREATED)
def add_person(
    person: PersonIn,
    caller: Annotated[Caller, Depends(May(Action.ADD_PERSON))],
    services: ServicesDep,
    records: RecordsDep,
) -> PersonOut:
    """A new wearer."""
    with records.write() as session:
        added = people.add(session, caller.clinic_id, person.name, now_us=services.now_us())
        auditing.note(session, caller, "person", added.id, person_id=added.id)
        return person_views(session, caller.clinic_id, [added], services.now_us())[0]


@router.get("/{person_id}")
def get_person(person_id: str, caller: ReadCaller, services: ServicesDep, records: RecordsDep) -> PersonOut:
    """One wearer, archived or not."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        found = people.get(session, caller.clinic_id, person_id)
        return person_views(session, caller.clinic_id, [found], services.now_us())[0]


@router.put("/{person_id}/language")
def set_language(
    person_id: str,
    told: LanguageIn,
    caller: Annotated[Caller, Depends(May(Action.SET_LANGUAGE))],
    services: ServicesDep,
    records: RecordsDep,
) -> PersonOut:
    """Say in which language to write to a wearer: prewritten sentences begin in it."""
    caller.check(person_id, "person", person_id)
    with records.write() as session:
        found = people.speak(session, caller.clinic_id, person_id, told.language)
        detail = {"what": "language"}
        auditing.note(session, caller, "person", person_id, person_id=person_id, detail=detail)
        return person_views(session, caller.clinic_id, [found], services.now_us())[0]
