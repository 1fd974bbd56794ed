"""References: a person's own full range, measured with three practice reps or a start stance."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from analytics.signal.thresholds import DEFAULT_THRESHOLDS
from dashboard import auditing
from dashboard.caller import Caller
from dashboard.catalogue import exercise_name, kind_of
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from dashboard.services import Services
from dashboard.sets import opening
from dashboard.sets.comparable import NO_RIG, rig_of, why_broken
from dashboard.sets.models import NewReference, ReferenceOut
from dashboard.sets.practice import LONGEST_US, Measured, measure
from dashboard.sets.view import Told, load
from tempoband.identity.permissions import Action
from tempoband.storage.records import declarations, people, prescriptions, references
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.references import Reference, Rig
from tempoband.storage.records.rows import new_id, values

router = APIRouter(prefix="/people", tags=["references"])


@router.get("/{person_id}/references")
def list_references(
    person_id: str, caller: Annotated[Caller, Depends(May(Action.READ_SETS))], records: RecordsDep
) -> list[ReferenceOut]:
    """Every reference of a person, newest first; of one rig the newest counts."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        return _views(references.of_person(session, caller.clinic_id, person_id))


@router.post("/{person_id}/references", status_code=HTTPStatus.CREATED)
async def add_reference(
    person_id: str,
    asked: NewReference,
    caller: Annotated[Caller, Depends(May(Action.EDIT_SET))],
    services: ServicesDep,
) -> ReferenceOut:
    """Measure a reference from a practice set, which then counts as no set of its own.

    With ``floor_n`` the set stays: its floor is what was said, and it is scored again.
    """
    caller.check(person_id, "person", person_id)
    view, told = await run_in_threadpool(_add, services, caller, person_id, asked)
    services.announcer.announce(told)
    return view


def _add(
    services: Services, caller: Caller, person_id: str, asked: NewReference
) -> tuple[ReferenceOut, Told]:
    with services.records.read() as session:
        told = load(session, caller.clinic_id, asked.set_id)
        caller.check(told.subject.person_id, "set", asked.set_id)
        rig = _rig(session, caller.clinic_id, told)
    if told.subject.person_id != person_id:
        raise invalid("this set belongs to somebody else")
    now_us = services.now_us()
    made = _reference(told, rig, _measured(services, told, asked, now_us), now_us)
    with services.records.write() as session:
        references.add(session, caller.clinic_id, made)
        if asked.floor_n is None:
            opening.discard(session, caller.clinic_id, told, now_us=now_us, by=caller.id)
        else:
            _use(session, caller, told, made)
        auditing.note(session, caller, "reference", made.id, person_id=person_id)
        known = references.of_person(session, caller.clinic_id, person_id)
        told = load(session, caller.clinic_id, asked.set_id)
    return next(view for view in _views(known) if view.id == made.id), told


def _measured(services: Services, told: Told, asked: NewReference, now_us: int) -> Measured:
    if asked.floor_n is not None:
        stance_n = asked.floor_n / DEFAULT_THRESHOLDS.slack_floor
        return Measured(stance_n, stance_n, asked.floor_n)
    start_us = told.subject.opened_us if isinstance(told.subject, SetDeclaration) else told.started_us
    end_us = min(told.ended_us or now_us, start_us + LONGEST_US)
    store = services.store.reader()
    rates = [stream.rate_hz for stream in store.streams(told.subject.sensor, start_us, end_us)]
    curve = store.read(told.subject.sensor, start_us, end_us + 1)
    return measure(curve, kind_of(told.subject.exercise), (rates[-1] or None) if rates else None)


def _use(session: Session, caller: Caller, told: Told, made: Reference) -> None:
    after = replace(told.as_declared(by=caller.id), reference_id=made.id)
    if isinstance(told.subject, SetDeclaration):
        declarations.amend(session, caller.clinic_id, after)
    else:
        declarations.tell(session, caller.clinic_id, after)


def _rig(session: Session, clinic_id: str, told: Told) -> Rig:
    if told.subject.prescription_id is None:
        return NO_RIG
    version = told.subject.prescription_version
    return rig_of(prescriptions.get(session, clinic_id, told.subject.prescription_id, version))


def _reference(told: Told, rig: Rig, measured: Measured, now_us: int) -> Reference:
    subject = told.subject
    if subject.person_id is None or subject.side is None:
        raise invalid("say first who did this set, and on which side")
    return Reference(
        id=new_id(),
        person_id=subject.person_id,
        exercise=subject.exercise,
        side=subject.side,
        measured_us=now_us,
        sensor=subject.sensor,
        **values(measured),
        **values(rig),
    )


def _views(newest_first: list[Reference]) -> list[ReferenceOut]:
    views = []
    last: dict[tuple[str, str], Reference] = {}
    for each in reversed(newest_first):
        key = (each.exercise, each.side)
        views.append(
            ReferenceOut(
                **values(each),
                exercise_name=exercise_name(each.exercise),
                kind=kind_of(each.exercise),
                breaks=why_broken(last.get(key), each),
            )
        )
        last[key] = each
    return views[::-1]
