"""Sets are split, merged and taken back; analytics scores what came of it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, ServicesDep
from dashboard.errors import invalid
from dashboard.models import In, RowId
from dashboard.services import Services
from dashboard.sets.models import SetList, SetOut
from dashboard.sets.view import SetViews, Told, load
from tempoband.identity.permissions import Action
from tempoband.storage.records import set_edits

router = APIRouter(prefix="/sets", tags=["sets"])
EditCaller = Annotated[Caller, Depends(May(Action.EDIT_SET))]


class SplitIn(In):
    """Where one set ended and another began: between this rep, counted from 1, and the next."""

    after_rep: Annotated[int, Field(ge=1, le=10_000)]


class MergeIn(In):
    """The set that belongs to this one."""

    set_id: RowId


@router.post("/{set_id}/split")
async def split_set(set_id: str, where: SplitIn, caller: EditCaller, services: ServicesDep) -> SetList:
    """Make two sets of one; the first keeps the id, both are scored anew."""
    views, changed = await run_in_threadpool(_split, services, caller, set_id, where.after_rep)
    _announce(services, changed)
    return SetList(sets=views)


@router.post("/{set_id}/merge")
async def merge_sets(set_id: str, other: MergeIn, caller: EditCaller, services: ServicesDep) -> SetOut:
    """Make one set of two neighbours; it keeps the id of the earlier one, and what was said about either."""
    views, changed = await run_in_threadpool(_merge, services, caller, (set_id, other.set_id))
    _announce(services, changed)
    return views[0]


@router.post("/{set_id}/restore")
async def restore_set(set_id: str, caller: EditCaller, services: ServicesDep) -> SetOut:
    """Take back that this was no set."""
    views, changed = await run_in_threadpool(_restore, services, caller, set_id)
    _announce(services, changed)
    return views[0]


def _split(
    services: Services, caller: Caller, set_id: str, after_rep: int
) -> tuple[list[SetOut], list[Told]]:
    with services.records.write() as session:
        told = load(session, caller.clinic_id, set_id)
        caller.check(told.subject.person_id, "set", set_id)
        if told.scored is None:
            raise invalid("this set is not scored yet: split it when its reps are known")
        at_us = set_edits.between_reps(told.scored, after_rep)
        parts = set_edits.split(session, caller.clinic_id, set_id, at_us, by=caller.id)
        person_id = told.subject.person_id
        auditing.note(session, caller, "set", set_id, person_id=person_id, detail={"what": "split"})
        changed = [load(session, caller.clinic_id, part.id) for part in parts]
        views = SetViews(session, caller.clinic_id)
        return [views.view(each) for each in changed], changed


def _merge(services: Services, caller: Caller, ids: tuple[str, str]) -> tuple[list[SetOut], list[Told]]:
    with services.records.write() as session:
        for each in ids:
            caller.check(load(session, caller.clinic_id, each).subject.person_id, "set", each)
        merged = set_edits.merge(session, caller.clinic_id, ids, by=caller.id)
        detail = {"what": "merge", "sets": list(ids)}
        auditing.note(session, caller, "set", merged.id, person_id=merged.person_id, detail=detail)
        told = load(session, caller.clinic_id, merged.id)
        return [SetViews(session, caller.clinic_id).view(told)], [told]


def _restore(services: Services, caller: Caller, set_id: str) -> tuple[list[SetOut], list[Told]]:
    with services.records.write() as session:
        person_id = load(session, caller.clinic_id, set_id).subject.person_id
        caller.check(person_id, "set", set_id)
        set_edits.undiscard(session, caller.clinic_id, set_id)
        auditing.note(session, caller, "set", set_id, person_id=person_id, detail={"what": "restore"})
        told = load(session, caller.clinic_id, set_id)
        return [SetViews(session, caller.clinic_id).view(told)], [told]


def _announce(services: Services, changed: list[Told]) -> None:
    for told in changed:
        services.announcer.announce(told)
