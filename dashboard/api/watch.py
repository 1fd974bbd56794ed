"""``/api/people/{person_id}/watch``: a physio watches a set as it happens, if and while the wearer agrees."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, ServicesDep
from dashboard.errors import DashboardError, DashboardReason
from dashboard.far.sensor import home_of, worn_by
from dashboard.live.models import AnswerIn, CueIn, CueOut, WatchedHomeOut, WatchIn, WatchOut
from dashboard.live.watching import Watch, WatchEvent
from dashboard.services import Services
from tempoband.identity.permissions import Action
from tempoband.storage.records import people
from tempoband.words.phrases import phrased

router = APIRouter(prefix="/people/{person_id}/watch", tags=["watch live"])


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
    return _view(services, services.watches.find(caller.clinic_id, person_id, watching_by=by), sensor)


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
        home = _home(services, caller, person_id)
        return services.watches.ask(caller.clinic_id, person_id, by=caller.id, here=told.here, home=home)

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


def _home(services: Services, caller: Caller, person_id: str) -> str | None:
    """The home where it will be done; None: here.

    Raises:
        DashboardError: 409, for a home whose version knows nothing of it.
    """
    with services.records.read() as session:
        sensor = worn_by(session, caller.clinic_id, person_id, services.sensors)
        place = home_of(session, caller.clinic_id, person_id, sensor)
    if place is not None and not place.can_be_watched:
        words = phrased(
            "this home runs version {version}, which cannot be watched live: update the home",
            version=place.version,
        )
        raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, words)
    return None if place is None else place.home


def _sensor(services: Services, caller: Caller, person_id: str) -> str | None:
    """The sensor the person wears now; refuses those who may not know the person."""
    caller.check(person_id, "person", person_id)
    with services.records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        return worn_by(session, caller.clinic_id, person_id, services.sensors)


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
    services.watch_changed()
    view = _view(services, found, sensor)
    if sensor is not None:
        text, at_us = (view.cue.text, view.cue.at_us) if view.cue else ("", 0)
        services.live.tell(sensor, "watch", WatchEvent(state=view.state, cue=text, at_us=at_us))
    return view


def _view(services: Services, found: Watch | None, sensor: str | None) -> WatchOut:
    if found is None:
        return WatchOut(state="none", here=False, since_us=None, sensor=sensor, cue=None, home=None)
    mirror = services.far.mirror(found)
    home = None
    if found.home is not None:
        dropped = 0 if mirror is None else mirror.dropped_frames
        home = WatchedHomeOut(reached=services.far.reached(found), dropped_frames=dropped)
    return WatchOut(
        state="watching" if found.granted else "asked",
        here=found.here,
        since_us=found.since_us,
        sensor=(mirror.sensor if mirror is not None else None) or sensor,
        home=home,
        cue=None if found.cue is None else CueOut(text=found.cue.text, at_us=found.cue.at_us),
    )
