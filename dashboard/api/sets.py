"""Sets: open, close, discard, list, and their curves."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import not_found
from dashboard.services import Services
from dashboard.sets import editing, opening
from dashboard.sets.models import NewSet, SetEdit, SetList, SetOut
from dashboard.sets.view import SetViews, Told, latest, load
from tempoband.identity.permissions import Action
from tempoband.storage.records import RecordsError, declarations

router = APIRouter(prefix="/sets", tags=["sets"])
EditCaller = Annotated[Caller, Depends(May(Action.EDIT_SET))]


@router.get("")
def list_sets(
    caller: Annotated[Caller, Depends(May(Action.READ_SETS))],
    records: RecordsDep,
    *,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    person: str | None = None,
    sensor: str | None = None,
    before_us: Annotated[int, Query(ge=0, le=2**62)] | None = None,
    exercise: str | None = None,
) -> SetList:
    """Sets that are not discarded, newest first, open ones included."""
    only = caller.only_person
    if only is not None and person not in (None, only):
        return SetList(sets=[])
    with records.read() as session:
        views = SetViews(session, caller.clinic_id)
        found = latest(
            session,
            caller.clinic_id,
            limit=limit,
            person_id=only or person,
            sensor=sensor,
            before_us=before_us,
            exercise=exercise,
        )
        return SetList(sets=[views.view(told) for told in found])


@router.get("/{set_id}")
def get_set(
    set_id: str, caller: Annotated[Caller, Depends(May(Action.READ_SETS))], services: ServicesDep
) -> SetOut:
    """One set, discarded or not; of a home that the caller watches also the one that is open there."""
    with services.records.read() as session:
        try:
            told = load(session, caller.clinic_id, set_id)
        except RecordsError:
            return _watched_set(services, caller, set_id)
        caller.check(told.subject.person_id, "set", set_id)
        return SetViews(session, caller.clinic_id).view(told)


def _watched_set(services: Services, caller: Caller, set_id: str) -> SetOut:
    view = services.far.find_set(caller.clinic_id, set_id)
    if view is None or view.person is None:
        raise not_found("set", set_id)
    caller.check(view.person.id, "set", set_id)
    if not services.watches.may_see(caller.clinic_id, view.person.id, caller.id):
        raise not_found("set", set_id)
    return view


@router.post("", status_code=HTTPStatus.CREATED)
async def open_set(
    asked: NewSet, caller: Annotated[Caller, Depends(May(Action.OPEN_SET))], services: ServicesDep
) -> SetOut:
    """Open a set on a sensor from now; one that was still open there is closed as replaced."""
    view, changed = await run_in_threadpool(_open, services, caller, asked)
    for told in changed:
        services.announcer.announce(told)
    if asked.sensor is not None:
        services.leases.renew(asked.sensor, caller.id)
    return view


@router.patch("/{set_id}")
async def edit_set(set_id: str, change: SetEdit, caller: EditCaller, services: ServicesDep) -> SetOut:
    """Correct what was told, or say what a found set was; it is scored anew."""

    def edit(session: Session, told: Told) -> None:
        edited = editing.edit(session, caller.clinic_id, told, change, by=caller.id)
        caller.check(edited.person_id, "person", edited.person_id or "")

    return await _changed(services, caller, set_id, "edit", edit)


@router.post("/{set_id}/close")
async def close_set(set_id: str, caller: EditCaller, services: ServicesDep) -> SetOut:
    """End a set by hand; ending it twice changes nothing."""

    def close(session: Session, told: Told) -> None:
        opening.close(session, caller.clinic_id, told, now_us=services.now_us())

    return await _changed(services, caller, set_id, "close", close)


@router.post("/{set_id}/discard")
async def discard_set(set_id: str, caller: EditCaller, services: ServicesDep) -> SetOut:
    """Say that this was no set; its samples stay."""

    def discard(session: Session, told: Told) -> None:
        opening.discard(session, caller.clinic_id, told, now_us=services.now_us(), by=caller.id)

    return await _changed(services, caller, set_id, "discard", discard)


def _open(services: Services, caller: Caller, asked: NewSet) -> tuple[SetOut, list[Told]]:
    with services.records.write() as session:
        if asked.sensor is not None:
            services.sensor_access.see(session, caller, asked.sensor)
        planned = opening.plan(session, caller.clinic_id, asked, by=caller.id, now_us=services.now_us())
        if asked.sensor is None:
            caller.check(planned.person_id, "person", planned.person_id or "")
        else:
            caller.check(planned.person_id, "sensor", asked.sensor)
        opened, replaced = declarations.open_set(session, caller.clinic_id, planned)
        auditing.note(session, caller, "set", opened.id, person_id=opened.person_id)
        ids = [opened.id] if replaced is None else [replaced.id, opened.id]
        changed = [load(session, caller.clinic_id, each) for each in ids]
        return SetViews(session, caller.clinic_id).view(changed[-1]), changed


async def _changed(
    services: Services, caller: Caller, set_id: str, what: str, act: Callable[[Session, Told], None]
) -> SetOut:
    """Change a set in one transaction with its audit, then tell whoever listens."""

    def work() -> tuple[SetOut, Told]:
        with services.records.write() as session:
            told = load(session, caller.clinic_id, set_id)
            caller.check(told.subject.person_id, "set", set_id)
            act(session, told)
            auditing.note(
                session, caller, "set", set_id, person_id=told.subject.person_id, detail={"what": what}
            )
            told = load(session, caller.clinic_id, set_id)
            return SetViews(session, caller.clinic_id).view(told), told

    view, told = await run_in_threadpool(work)
    services.announcer.announce(told)
    return view
