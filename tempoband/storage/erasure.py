"""Erasing for good: samples, and everything in the records that was computed from them or is about a person.

The order of steps makes it safe to be killed anywhere: what is ordered stands in the records before the first
sample goes, sets are refused until the last is gone, and ``finish`` completes what was left half done.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from tempoband.storage.records import Records, audit, erasures, forgetting
from tempoband.storage.records import orders as home_orders
from tempoband.storage.records.audit import Act
from tempoband.storage.records.erasures import Erasure
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.records.rows import new_id
from tempoband.storage.timeseries.base import Eraser
from tempoband.storage.timeseries.sqlite import erasure_list

_RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Orderer:
    """Who orders an erasure: pseudonymous id and role, for the audit."""

    id: str
    role: str
    clinic_id: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone: samples, stretches they came from, and rows of the records by table."""

    samples: int
    stretches: int
    rows: dict[str, int] = field(default_factory=dict)


def erase_stretch(
    records: Records, samples: Eraser, stretch: Stretch, orderer: Orderer, *, now_us: int
) -> Erased:
    """Erase a stretch of one sensor, and every set, score and reference that came from it.

    A told set that reaches outside the stretch is scored anew from what is left. Redelivery is refused.

    Raises:
        StorageError: what is not gone yet stays ordered; ``finish`` completes it.
    """
    erasure = _erasure(stretch, orderer, now_us)
    with records.write() as session:
        erasures.order(session, orderer.clinic_id, erasure)
        home_orders.erase_stretch_at_home(
            session, orderer.clinic_id, **asdict(stretch), by=orderer.id, now_us=now_us
        )
        act = _act("samples.erase", orderer, now_us, asdict(stretch))
        audit.note(session, orderer.clinic_id, replace(act, resource_id=erasure.id))
    erased = _carry_out(records, samples, orderer.clinic_id, erasure, now_us)
    records.scrub()
    return Erased(erased, 1)


def erase_person(
    records: Records,
    samples: Eraser,
    person_id: str,
    orderer: Orderer,
    *,
    now_us: int,
    also: Callable[[Session], None] | None = None,
    keep: Sequence[str] = (),
) -> Erased:
    """Erase a person: their samples, every row about them, and the person; only the audit keeps the id.

    Args:
        records: the records.
        samples: the store, from ``open_eraser``.
        person_id: whom.
        orderer: who ordered it, and in which clinic.
        now_us: wall clock: samples up to now are meant, also those that arrive later.
        also: called first, in the transaction that deletes the rows: for what hangs on them elsewhere.
        keep: tables of rows about the person to leave alone.

    Raises:
        StorageError: the records are rid of the person or unchanged; samples that are not gone yet stay
            ordered, and ``finish`` completes it.
    """
    with records.write() as session:
        stretches = forgetting.stretches_of(session, orderer.clinic_id, person_id, now_us=now_us)
        home_orders.erase_at_homes(session, orderer.clinic_id, person_id, by=orderer.id, now_us=now_us)
        if also is not None:
            also(session)
        rows = forgetting.forget_person(session, orderer.clinic_id, person_id, keep=keep)
        orders = [_erasure(stretch, orderer, now_us, person_id) for stretch in stretches]
        for each in orders:
            erasures.order(session, orderer.clinic_id, each)
        act = replace(_act("people.erase", orderer, now_us, {"rows": rows}), person_id=person_id)
        audit.note(session, orderer.clinic_id, replace(act, resource_id=person_id))
        if records.folder is not None:
            erasure_list.note_forgotten(records.folder, orderer.clinic_id, person_id)
    erased = sum(_carry_out(records, samples, orderer.clinic_id, each, now_us) for each in orders)
    records.scrub()
    return Erased(erased, len(orders), rows)


def finish(records: Records, samples: Eraser, *, now_us: int, older_than_us: int = 0) -> int:
    """Complete erasures that were ordered and not done: after a kill, or when the store was away.

    Args:
        records: the records.
        samples: the store, from ``open_eraser``.
        now_us: wall clock.
        older_than_us: leave younger ones alone, somebody is probably at it.

    Returns:
        samples erased.

    Raises:
        StorageError: the store or the records are away; what is not gone stays ordered.
    """
    with records.read() as session:
        left = erasures.pending(session, before_us=now_us - older_than_us)
    erased = sum(_carry_out(records, samples, clinic_id, each, now_us) for clinic_id, each in left)
    if left:
        records.scrub()
    return erased


def repeat(
    records: Records, stretches: Sequence[Stretch], people: Sequence[tuple[str, str]], *, now_us: int
) -> None:
    """Forget again what was erased after a backup of the records was made, and order it of the homes again.

    Args:
        records: those of the backup.
        stretches: erased since.
        people: (clinic, person) erased since.
        now_us: wall clock.
    """
    with records.write() as session:
        for clinic_id, person_id in people:
            home_orders.erase_at_homes(session, clinic_id, person_id, by=_RESTORE, now_us=now_us)
            forgetting.forget_person(session, clinic_id, person_id)
        for stretch in stretches:
            for clinic_id in forgetting.clinics_of(session, stretch):
                home_orders.erase_stretch_at_home(
                    session, clinic_id, **asdict(stretch), by=_RESTORE, now_us=now_us
                )
                forgetting.forget_stretch(session, clinic_id, stretch)
    records.scrub()


def _carry_out(records: Records, samples: Eraser, clinic_id: str, erasure: Erasure, now_us: int) -> int:
    erased = samples.erase(erasure.sensor, erasure.start_us, erasure.end_us)
    with records.write() as session:
        erasures.done(session, clinic_id, erasure, now_us=now_us)
    return erased


def _erasure(stretch: Stretch, orderer: Orderer, now_us: int, person_id: str | None = None) -> Erasure:
    return Erasure(
        id=new_id(),
        sensor=stretch.sensor,
        start_us=stretch.start_us,
        end_us=stretch.end_us,
        by=orderer.id,
        ordered_us=now_us,
        person_id=person_id,
    )


def _act(action: str, orderer: Orderer, now_us: int, detail: dict[str, Any]) -> Act:
    return Act(new_id(), now_us, orderer.id, orderer.role, action, action.partition(".")[0], detail=detail)
