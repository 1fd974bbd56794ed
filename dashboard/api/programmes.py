"""Programmes: listed, kept as templates of the clinic, prescribed as a whole."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing, catalogue
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from dashboard.prescribing import programmes as programme_views
from dashboard.prescribing.models import (
    PrescriptionOut,
    ProgrammeApply,
    ProgrammeOut,
    ProgrammesOut,
    TemplateIn,
)
from dashboard.prescribing.view import prescription_view
from tempoband.contracts.exercise import UNKNOWN_EXERCISE
from tempoband.identity.permissions import Action
from tempoband.storage.records import people, prescriptions, programmes
from tempoband.storage.records.draft import Draft
from tempoband.storage.records.programmes import Programme
from tempoband.storage.records.rows import new_id

router = APIRouter(tags=["programmes"])
WriteCaller = Annotated[Caller, Depends(May(Action.PRESCRIBE))]


@router.get("/programmes")
def list_programmes(
    caller: Annotated[Caller, Depends(May(Action.READ_CATALOGUE))], records: RecordsDep
) -> ProgrammesOut:
    """The articles' programmes and the clinic's own templates; what usually comes when, as a claim."""
    with records.read() as session:
        return programme_views.listed(session, caller.clinic_id)


@router.post("/programmes", status_code=HTTPStatus.CREATED)
def add_template(
    asked: TemplateIn, caller: WriteCaller, services: ServicesDep, records: RecordsDep
) -> ProgrammeOut:
    """Keep a programme of one's own for everybody in the clinic."""
    for item in asked.items:
        if item.id is not None or item.exercise == UNKNOWN_EXERCISE:
            raise invalid("an item of a template names an exercise and has no id")
        catalogue.required(item.exercise)
        Draft(**item.model_dump(exclude={"id"}))  # says what is wrong with it
    items = [item.model_dump(mode="json", exclude={"id"}) | {"mode": asked.mode} for item in asked.items]
    template = Programme(new_id(), asked.name, asked.mode, items, services.now_us(), caller.id)
    with records.write() as session:
        programmes.add(session, caller.clinic_id, template)
        auditing.note(session, caller, "programme", template.id, detail={"what": "add"})
    return programme_views.template_view(template)


@router.delete("/programmes/{programme_id}")
def archive_template(
    programme_id: str, caller: WriteCaller, services: ServicesDep, records: RecordsDep
) -> ProgrammeOut:
    """Take a template off the list; what was prescribed from it stays."""
    with records.write() as session:
        archived = programmes.archive(session, caller.clinic_id, programme_id, now_us=services.now_us())
        auditing.note(session, caller, "programme", programme_id, detail={"what": "archive"})
    return programme_views.template_view(archived)


@router.post("/people/{person_id}/programmes", status_code=HTTPStatus.CREATED)
def prescribe_programme(
    person_id: str, asked: ProgrammeApply, caller: WriteCaller, services: ServicesDep, records: RecordsDep
) -> list[PrescriptionOut]:
    """Prescribe every exercise of a programme from now, all or none of them."""
    caller.check(person_id, "person", person_id)
    clinic_id, now_us = caller.clinic_id, services.now_us()
    with records.write() as session:
        people.get(session, clinic_id, person_id)
        drafts = programme_views.drafts_of(session, clinic_id, asked)
        if asked.replace:
            modes = {each.mode for each in drafts}
            for ended in programme_views.end_mode(session, clinic_id, person_id, modes, now_us):
                detail = {"what": "end"}
                auditing.note(session, caller, "prescription", ended.id, person_id=person_id, detail=detail)
        made = [
            prescriptions.prescribe(session, clinic_id, person_id, each, by=caller.id, now_us=now_us)
            for each in drafts
        ]
        for each in made:
            prescribed = {"what": "prescribe", "version": each.version, "programme": asked.programme_id}
            auditing.note(session, caller, "prescription", each.id, person_id=person_id, detail=prescribed)
    return [prescription_view(each) for each in made]
