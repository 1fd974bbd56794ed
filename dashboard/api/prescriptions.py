"""Prescriptions: written, revised and ended; every version stays."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing, catalogue
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from dashboard.prescribing.models import PrescriptionIn, PrescriptionOut
from dashboard.prescribing.view import prescription_view
from tempoband.contracts.exercise import UNKNOWN_EXERCISE
from tempoband.identity.permissions import Action
from tempoband.storage.records import people, prescriptions, references
from tempoband.storage.records.draft import Draft

router = APIRouter(tags=["prescriptions"])
WriteCaller = Annotated[Caller, Depends(May(Action.PRESCRIBE))]


@router.get("/people/{person_id}/prescriptions")
def list_prescriptions(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_PRESCRIPTIONS))],
    services: ServicesDep,
    records: RecordsDep,
    *,
    history: bool = False,
) -> list[PrescriptionOut]:
    """What is prescribed to a person now; with ``history`` every version there ever was."""
    caller.check(person_id, "person", person_id)
    now_us = services.now_us()
    start_us, end_us = (0, now_us + 1) if history else (now_us, None)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        found = prescriptions.in_force(
            session, caller.clinic_id, start_us=start_us, end_us=end_us, person_id=person_id
        )
        measured = references.of_person(session, caller.clinic_id, person_id)
    return [prescription_view(each, measured) for each in found]


@router.post("/people/{person_id}/prescriptions", status_code=HTTPStatus.CREATED)
def prescribe(
    person_id: str,
    asked: PrescriptionIn,
    caller: WriteCaller,
    services: ServicesDep,
    records: RecordsDep,
) -> PrescriptionOut:
    """Prescribe from now; with ``id`` the next version of that prescription."""
    caller.check(person_id, "person", person_id)
    draft = _draft(asked)
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        now_us, by = services.now_us(), caller.id
        if asked.id is None:
            made = prescriptions.prescribe(session, caller.clinic_id, person_id, draft, by=by, now_us=now_us)
        else:
            if prescriptions.get(session, caller.clinic_id, asked.id).person_id != person_id:
                raise invalid("this prescription belongs to somebody else")
            made = prescriptions.revise(session, caller.clinic_id, asked.id, draft, by=by, now_us=now_us)
        detail = {"what": "prescribe", "version": made.version}
        auditing.note(session, caller, "prescription", made.id, person_id=person_id, detail=detail)
    return prescription_view(made)


@router.delete("/prescriptions/{prescription_id}")
def end_prescription(
    prescription_id: str, caller: WriteCaller, services: ServicesDep, records: RecordsDep
) -> PrescriptionOut:
    """End a prescription from now; what was done under it stays judged by it."""
    with records.write() as session:
        found = prescriptions.get(session, caller.clinic_id, prescription_id)
        caller.check(found.person_id, "prescription", prescription_id)
        ended = prescriptions.end(session, caller.clinic_id, prescription_id, now_us=services.now_us())
        detail = {"what": "end"}
        auditing.note(
            session, caller, "prescription", prescription_id, person_id=found.person_id, detail=detail
        )
    return prescription_view(ended)


def _draft(asked: PrescriptionIn) -> Draft:
    if asked.exercise == UNKNOWN_EXERCISE:
        raise invalid("name the exercise that is prescribed")
    catalogue.required(asked.exercise)
    return Draft(**asked.model_dump(exclude={"id"}))
