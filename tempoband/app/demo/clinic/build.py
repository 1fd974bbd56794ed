"""Builds the simulated clinic: frames through the store, sets through declarations and the real scoring."""

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session as Transaction

from analytics.coaching.calendar import day_start_us
from analytics.coaching.catalogue import exercise
from analytics.settings import AnalyticsSettings
from tempoband.app.demo.clinic import curves, diary, said
from tempoband.app.demo.clinic.cast import Order, Patient, cast
from tempoband.app.demo.clinic.diary import PlannedSet, Session
from tempoband.app.errors import AppError, AppReason
from tempoband.app.progress import Told
from tempoband.app.rescore import Job, Place, Rescored, rescore_sensor
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.ledger import StreamEnded
from tempoband.storage.records import (
    Records,
    clinics,
    cursors,
    declarations,
    devices,
    people,
    prescriptions,
    sightings,
)
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.devices import Device
from tempoband.storage.records.draft import Draft
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.sightings import Sighting
from tempoband.storage.timeseries.base import StoredFrame, TimeSeriesStore
from tempoband.storage.timeseries.open import open_store

MARK = "simulated-clinic.json"
_MINUTE_US = 60_000_000
_SECOND_US = 1_000_000
_JUST_NOW_US = 20 * _MINUTE_US  # a set this young may still be going on
_VERSION = 2
_AHEAD = 4  # patients acted out before they are kept


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a simulated clinic is made from; the same recipe gives the same people and curves."""

    day: str
    people: int = 37
    weeks: int = 8
    seed: int = 1
    time_zone: str = "UTC"
    version: int = _VERSION


def is_built(folder: Path, recipe: Recipe) -> bool:
    """Whether the folder holds just this clinic, whole."""
    return _marked(folder) == asdict(recipe) | {"whole": True}


def build(folder: Path, recipe: Recipe, *, now_us: int, told: Told = lambda _done, _all: None) -> None:
    """Make the clinic in a folder that is empty or holds an earlier simulated one.

    Args:
        folder: where store and records are made.
        recipe: what from.
        now_us: nothing happens later than this.
        told: called with patients done and patients in all.

    Raises:
        AppError: the folder holds something that is not ours.
    """
    _clear(folder)
    _mark(folder, recipe, whole=False)
    patients = cast(recipe.people, recipe.weeks, recipe.seed)
    place = Place(str(folder), f"sqlite:///{folder / 'records.sqlite'}")
    with (
        closing(Records(place.records_url)) as records,
        closing(open_store(place.store, writable=True)) as store,
    ):
        with records.write() as session:
            clinics.set_time_zone(session, LOCAL_CLINIC, recipe.time_zone)
        with ProcessPoolExecutor() as pool:
            scoring: list[Future[Rescored]] = []
            for made in _acted(pool, patients, recipe, now_us):
                _keep(records, store, made, recipe)
                job = Job(LOCAL_CLINIC, made.patient.sensor, made.stretches)
                scoring.append(pool.submit(rescore_sensor, place, job))
                told(sum(each.done() for each in scoring), len(patients))
            for done, each in enumerate(scoring, start=1):
                each.result()
                told(done, len(patients))
        with records.write() as session:
            said.guesses(session)
        _settle(records, store, now_us)
    _mark(folder, recipe, whole=True)


@dataclass(frozen=True, slots=True)
class _Acted:
    """One patient with everything they did."""

    patient: Patient
    sessions: list[Session]
    sets: list[tuple[PlannedSet, int, int]]  # opened, closed
    frames: list[list[StoredFrame]]

    @property
    def stretches(self) -> tuple[tuple[int, int, bool], ...]:
        return tuple((opened_us, closed_us, planned.told) for planned, opened_us, closed_us in self.sets)


def _acted(
    pool: ProcessPoolExecutor, patients: list[Patient], recipe: Recipe, now_us: int
) -> Iterator[_Acted]:
    """Every patient acted out, in order; a few ahead, so that scoring has its turn too."""
    today, zone = date.fromisoformat(recipe.day), recipe.time_zone
    waiting: deque[Future[_Acted]] = deque()
    for patient in patients:
        waiting.append(pool.submit(_act, patient, today, zone, now_us))
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _act(patient: Patient, today: date, time_zone: str, now_us: int) -> _Acted:
    zone = ZoneInfo(time_zone)
    done = [each for each in diary.sessions(patient, today) if _began_us(each, zone) < now_us - _JUST_NOW_US]
    sets, streams = [], []
    for session in done:
        for planned in session.sets:
            start_us = _began_us(session, zone) + round(planned.after_s * _SECOND_US)
            made = curves.frames(patient, planned, start_us)
            streams.append(made)
            sets.append((planned, start_us, made[-1].frame.end_us + 1))
    return _Acted(patient, done, sets, streams)


def _began_us(session: Session, zone: ZoneInfo) -> int:
    return day_start_us(session.day, zone) + session.minute * _MINUTE_US


def _keep(records: Records, store: TimeSeriesStore, made: _Acted, recipe: Recipe) -> None:
    patient, zone = made.patient, ZoneInfo(recipe.time_zone)
    store.write([frame for stream in made.frames for frame in stream])
    notes = [StreamEnded(stream[-1].frame.stream, len(stream) - 1) for stream in made.frames]
    store.write_notes([(curves.BRIDGE, patient.sensor, note) for note in notes])
    first = min((each.day for each in made.sessions), default=date.fromisoformat(recipe.day))
    begun_us = day_start_us(first, zone)
    changed = date.fromisoformat(recipe.day) - timedelta(days=patient.later_days)
    with records.write() as session:
        person_id = people.add(session, LOCAL_CLINIC, patient.name, now_us=begun_us).id
        _wear(session, made, person_id, begun_us)
        orders = _prescribe(session, patient, person_id, begun_us, day_start_us(changed, zone))
        told = [_tell(session, made, person_id, orders, each) for each in made.sets if each[0].told]
        said.everything(session, said.Story(patient, person_id, made.sessions, told, zone))


def _wear(session: Transaction, made: _Acted, person_id: str, begun_us: int) -> None:
    sensor = made.patient.sensor
    name = f"Simulated {made.patient.number + 1:02d}"
    device = Device(sensor, name, begun_us, bridge=curves.BRIDGE, driver="simulated", simulated=True)
    devices.seen(session, LOCAL_CLINIC, device)
    devices.assign(session, LOCAL_CLINIC, sensor, person_id, now_us=begun_us)
    if made.sets:
        battery = 6 if made.patient.habit == "silent" else 40 + made.patient.number % 55
        sightings.heard(session, LOCAL_CLINIC, Sighting(sensor, made.sets[-1][2], battery))


def _prescribe(
    session: Transaction, patient: Patient, person_id: str, begun_us: int, changed_us: int
) -> list[str]:
    """Prescribe, and revise where the plan was changed since; the ids, in order."""
    ids = []
    for first, then in zip(patient.orders, patient.later, strict=True):
        made = prescriptions.prescribe(
            session, LOCAL_CLINIC, person_id, _draft(first), by=said.BY, now_us=begun_us
        )
        ids.append(made.id)
        if then != first and changed_us > begun_us:
            prescriptions.revise(session, LOCAL_CLINIC, made.id, _draft(then), by=said.BY, now_us=changed_us)
    return ids


def _draft(order: Order) -> Draft:
    walk = order.kind is ExerciseKind.CONSTANT_TENSION
    return Draft(
        exercise=order.exercise,
        side=order.side,
        sets=order.sets,
        reps_lower=None if walk else order.amount,
        reps_upper=None if walk else order.amount,
        steps=order.amount if walk else None,
        tempo=order.tempo,
        days_per_week=order.days,
        weekdays=order.weekdays or None,
        rest_s=45.0,
        band_label=order.band,
        placement=exercise(order.exercise).placement[0],
        pain_limit=4,
    )


def _tell(
    session: Transaction, made: _Acted, person_id: str, orders: list[str], told: tuple[PlannedSet, int, int]
) -> SetDeclaration:
    planned, opened_us, closed_us = told
    order = made.patient.orders_of(planned.version)[planned.order]
    declaration = SetDeclaration(
        id=new_id(),
        sensor=made.patient.sensor,
        person_id=person_id,
        opened_us=opened_us,
        by=said.BY,
        exercise=order.exercise,
        side=order.side,
        tempo=order.tempo,
        prescription_id=orders[planned.order],
        prescription_version=planned.version,
        closed_us=closed_us,
        close_reason=CloseReason.HAND,
    )
    return declarations.tell(session, LOCAL_CLINIC, declaration)


def _settle(records: Records, store: TimeSeriesStore, now_us: int) -> None:
    """Everything is scored: nobody has to follow these commits once more."""
    cursor, worker = 0, AnalyticsSettings().worker
    while changes := store.changes(cursor, 10_000):
        cursor = changes[-1].cursor
    with records.write() as session:
        cursors.move(session, worker, cursor, now_us=now_us)


def _clear(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        return
    if _marked(folder) is None:
        raise AppError(
            AppReason.BAD_SETTING,
            f"{folder} holds data that no simulated clinic made; give another folder with --data-dir",
        )
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _mark(folder: Path, recipe: Recipe, *, whole: bool) -> None:
    (folder / MARK).write_text(json.dumps(asdict(recipe) | {"whole": whole}))


def _marked(folder: Path) -> dict[str, object] | None:
    try:
        found = json.loads((folder / MARK).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
