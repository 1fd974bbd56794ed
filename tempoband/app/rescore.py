"""Scores every stored set again with the current scoring, sensors in parallel; old results stay beside."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics.rescore import Rescorer
from analytics.touched import Touched
from tempoband.app.progress import Told
from tempoband.storage.records import Records
from tempoband.storage.records.tables import SetRow
from tempoband.storage.timeseries.base import TimeSeriesReader
from tempoband.storage.timeseries.open import open_store

if TYPE_CHECKING:
    from tempoband.contracts.events import SetEvent

_AT_ONCE = 20  # sets a transaction


@dataclass(frozen=True, slots=True)
class Place:
    """Where samples and records are."""

    store: str
    records_url: str


@dataclass(frozen=True, slots=True)
class Job:
    """One sensor's sets, as stretches in time."""

    clinic_id: str
    sensor: str
    sets: tuple[tuple[int, int, bool], ...]  # started_us, ended_us, declared


@dataclass(frozen=True, slots=True)
class Rescored:
    """What came of it: sets looked at, and sets whose score changed and so got a new revision."""

    sets: int
    changed: int


def rescore(place: Place, *, workers: int | None = None, told: Told = lambda _done, _all: None) -> Rescored:
    """Score every set that is not discarded again.

    Args:
        place: the stores.
        workers: processes; by default one a core.
        told: called with sets done and sets in all.

    Raises:
        StorageError: a store cannot be opened or written; what was done stays.
    """
    jobs = list(_jobs(place))
    total = sum(len(job.sets) for job in jobs)
    done = changed = 0
    with ProcessPoolExecutor(workers) as pool:
        running: list[Future[Rescored]] = [pool.submit(rescore_sensor, place, job) for job in _parts(jobs)]
        for finished in as_completed(running):
            result = finished.result()
            done += result.sets
            changed += result.changed
            told(done, total)
    return Rescored(done, changed)


def rescore_sensor(place: Place, job: Job) -> Rescored:
    """Score one sensor's sets again, in this process."""
    with _opened(place) as (records, store):
        now_us = time.time_ns() // 1000
        rescorer = Rescorer(store, records, job.sensor, now_us, clinic_id=job.clinic_id)
        events: list[SetEvent] = []
        for started_us, ended_us, declared in job.sets:
            touched = Touched(started_us, ended_us, None, 0.0)
            # One that somebody changes at this moment is scored by the running analytics.
            events += (rescorer.told([touched]) if declared else rescorer.found(touched)).events
    return Rescored(len(job.sets), len({event.set_id for event in events}))


def _jobs(place: Place) -> Iterator[Job]:
    with closing(Records(place.records_url, owner=False)) as records, records.read() as session:
        for (clinic_id, sensor), stretches in _stretches(session).items():
            yield Job(clinic_id, sensor, tuple(stretches))


def _stretches(session: Session) -> dict[tuple[str, str], list[tuple[int, int, bool]]]:
    found: dict[tuple[str, str], list[tuple[int, int, bool]]] = {}
    query = select(SetRow).where(SetRow.discarded_us.is_(None)).order_by(SetRow.started_us)
    for row in session.scalars(query):
        stretch = (row.started_us, row.ended_us, row.declared)
        found.setdefault((row.clinic_id, row.sensor), []).append(stretch)
    return found


def _parts(jobs: list[Job]) -> Iterator[Job]:
    """Short transactions: others may write in between."""
    for job in jobs:
        for first in range(0, len(job.sets), _AT_ONCE):
            yield Job(job.clinic_id, job.sensor, job.sets[first : first + _AT_ONCE])


@contextmanager
def _opened(place: Place) -> Iterator[tuple[Records, TimeSeriesReader]]:
    with (
        closing(Records(place.records_url, owner=False)) as records,
        closing(open_store(place.store, writable=False)) as store,
    ):
        yield records, store
