"""``/api/people/{person_id}/watch``: a physio watches a set as it happens, if and while the wearer agrees."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool

from dashboard import auditing
from dashboard.caseload.models import AnswerIn, CueIn, CueOut, WatchIn, WatchOut
from dashboard.deps import Caller, May, ServicesDep
from dashboard.services import Services
from dashboard.watching import Watch
from tempoband.contracts.events import Message
from tempoband.identity.permissions import Action
from tempoband.storage.records import devices, people

router = APIRouter(prefix="/people/{person_id}/watch", tags=["watch live"])


class WatchEvent(Message):
    """Told to the live pages of the sensor: somebody asks, watches, stopped, or gives a cue."""

    state: str
    cue: str = ""
    at_us: int = 0


@router.get("")
def get_watch(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_WATCH))],
    services: ServicesDep,
    *,
    watching: bool = False,
) -> WatchOut:
    """Whether somebody asks or watches; the watcher's page says ``watching`` and so keeps it going."""
    sensor = _sensor(services, caller, person_id)
    by = caller.id if watching else None
    return _view(services.watches.find(caller.clinic_id, person_id, watching_by=by), sensor)


@router.post("")
async def ask(
    person_id: str,
    told: WatchIn,
    caller: Annotated[Caller, Depends(May(Action.ASK_WATCH))],
    services: ServicesDep,
) -> WatchOut:
    """Ask the wearer to be watched; it shows on their page for two minutes."""
    what = "watching, agreed in one room" if told.here else "asked"

    def act() -> Watch | None:
        return services.watches.ask(caller.clinic_id, person_id, by=caller.id, here=told.here)

    return await _changed(services, caller, person_id, what, act)


@router.post("/answer")
async def answer(
    person_id: str,
    told: AnswerIn,
    caller: Annotated[Caller, Depends(May(Action.ANSWER_WATCH))],
    services: ServicesDep,
) -> WatchOut:
    """The wearer agrees, or does not."""

    def act() -> Watch | None:
        return services.watches.answer(caller.clinic_id, person_id, yes=told.yes)

    return await _changed(services, caller, person_id, "agreed" if told.yes else "refused", act)


@router.post("/end")
async def end(
    person_id: str, caller: Annotated[Caller, Depends(May(Action.END_WATCH))], services: ServicesDep
) -> WatchOut:
    """Stop: the wearer and the watcher both may, at any time."""

    def act() -> Watch | None:
        return services.watches.end(caller.clinic_id, person_id)

    return await _changed(services, caller, person_id, "ended", act)


@router.post("/cue")
async def cue(
    person_id: str,
    told: CueIn,
    caller: Annotated[Caller, Depends(May(Action.CUE))],
    services: ServicesDep,
) -> WatchOut:
    """One cue; the wearer's page shows and speaks it at once."""

    def act() -> Watch | None:
        return services.watches.cue(caller.clinic_id, person_id, told.text, by=caller.id)

    return await _changed(services, caller, person_id, "cue", act)


def _sensor(services: Services, caller: Caller, person_id: str) -> str | None:
    """The sensor the person wears now; refuses those who may not know the person."""
    caller.check(person_id, "person", person_id)
    with services.records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        worn = devices.wearers(session, caller.clinic_id)
    live = {status.sensor: status.at_us for status in services.sensors.every()}
    mine = [sensor for sensor, wearer in worn.items() if wearer == person_id]
    return max(mine, key=lambda sensor: live.get(sensor, 0), default=None)


async def _changed(
    services: Services, caller: Caller, person_id: str, what: str, act: Callable[[], Watch | None]
) -> WatchOut:
    """Act and audit, then tell the live pages of the sensor."""

    def work() -> tuple[str | None, Watch | None]:
        sensor = _sensor(services, caller, person_id)
        found = act()
        with services.records.write() as session:
            auditing.note(session, caller, "watch", person_id, person_id=person_id, detail={"what": what})
        return sensor, found

    sensor, found = await run_in_threadpool(work)
    view = _view(found, sensor)
    if sensor is not None:
        text, at_us = (view.cue.text, view.cue.at_us) if view.cue else ("", 0)
        services.live.tell(sensor, "watch", WatchEvent(state=view.state, cue=text, at_us=at_us))
    return view


def _view(found: Watch | None, sensor: str | None) -> WatchOut:
    if found is None:
        return WatchOut(state="none", here=False, since_us=None, sensor=sensor, cue=None)
    return WatchOut(
        state="watching" if found.granted else "asked",
        here=found.here,
        since_us=found.since_us,
        sensor=sensor,
        cue=None if found.cue is None else CueOut(text=found.cue.text, at_us=found.cue.at_us),
    )
