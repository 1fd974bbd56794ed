"""What the records forget with samples that are erased, and with a person who is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CursorResult, Table, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from tempoband.storage.records import accounts, sync
from tempoband.storage.records.tables import (
    AssignmentRow,
    Base,
    FeltTempoRow,
    NoteRow,
    PersonRow,
    PrescriptionRow,
    RecordingRow,
    ReferenceRow,
    SelfReportRow,
    SetDeclarationRow,
    SetRow,
)

KEPT = frozenset({"audit", "erasures"})
"""Tables that keep a person's pseudonymous id: that something was done, and that it was erased."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """start_us <= t < end_us of one sensor."""

    sensor: str
    start_us: int
    end_us: int


def clinics_of(session: Session, stretch: Stretch) -> list[str]:
    """Clinics that hold anything of this sensor."""
    found = {
        clinic_id
        for table in (SetRow, SetDeclarationRow, RecordingRow, ReferenceRow)
        for clinic_id in session.scalars(
            select(table.clinic_id).where(table.sensor == stretch.sensor).distinct()
        )
    }
    return sorted(found)


def forget_stretch(session: Session, clinic_id: str, stretch: Stretch) -> int:
    """Delete every set that touches a stretch, with all its scores, reps and revisions; returns how many.

    A told set that reaches outside is scored anew from what is left. References measured there, recordings
    and declarations that lie wholly inside are deleted too; what a person said (pain, effort, notes) stays.
    """
    _forget_references(session, clinic_id, stretch)
    inside = _declared_inside(clinic_id, stretch)
    declared = session.scalars(select(SetDeclarationRow.id).where(*inside)).all()
    session.execute(delete(SetDeclarationRow).where(*inside))
    session.execute(
        delete(RecordingRow).where(
            RecordingRow.clinic_id == clinic_id,
            RecordingRow.sensor == stretch.sensor,
            RecordingRow.started_us >= stretch.start_us,
            or_(RecordingRow.ended_us.is_(None), RecordingRow.ended_us < stretch.end_us),
        )
    )
    touching = (
        SetRow.clinic_id == clinic_id,
        SetRow.sensor == stretch.sensor,
        SetRow.started_us < stretch.end_us,
        SetRow.ended_us > stretch.start_us,
    )
    rows = session.scalars(select(SetRow).where(*touching)).all()
    scored = [row.id for row in rows]
    for row in rows:
        session.delete(row)  # one by one: whoever watches the flush learns whose sets changed
    session.flush()
    left = set(session.scalars(_told(clinic_id, scored)))
    _unlink(session, clinic_id, [*declared, *(each for each in scored if each not in left)])
    return len(scored)


def stretches_of(session: Session, clinic_id: str, person_id: str, *, now_us: int) -> list[Stretch]:
    """Everywhere in the samples where this person was measured, as far as the records know.

    That is while a sensor was theirs, and where a set or recording was told to be theirs; but not where a
    set was told to be somebody else's.
    """
    mine = [
        *_spans(session, AssignmentRow, clinic_id, person_id, now_us),
        *_spans(session, SetDeclarationRow, clinic_id, person_id, now_us),
        *_spans(session, SetRow, clinic_id, person_id, now_us),
        *_spans(session, RecordingRow, clinic_id, person_id, now_us),
    ]
    return [
        piece
        for stretch in _merged(mine)
        for piece in _without_others(session, clinic_id, person_id, stretch)
    ]


def unworn(session: Session, clinic_id: str, stretch: Stretch) -> list[Stretch]:
    """The pieces of a stretch in which nobody who is still known wore the sensor."""
    query = (
        select(AssignmentRow.from_us, AssignmentRow.to_us)
        .where(AssignmentRow.clinic_id == clinic_id, AssignmentRow.sensor == stretch.sensor)
        .order_by(AssignmentRow.from_us)
    )
    return _outside(stretch, [(from_us, to_us) for from_us, to_us in session.execute(query)])


def forget_person(
    session: Session, clinic_id: str, person_id: str, *, keep: Sequence[str] = ()
) -> dict[str, int]:
    """Delete every row about a person, the person last; returns rows by table.

    Every table with a ``person_id`` is meant, also those that are added later, except ``KEPT`` and ``keep``.
    """
    _release_prescriptions(session, clinic_id, person_id)
    sync.forget(session, clinic_id, person_id)
    account = accounts.of_person(session, clinic_id, person_id)
    if account is not None:
        accounts.remove(session, clinic_id, account.id)  # with its sessions and tokens, which name no person
    gone: dict[str, int] = {}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in KEPT or table.name in keep or "person_id" not in table.columns:
            continue
        gone[table.name] = _delete_of(session, table, clinic_id, person_id)
    query = delete(PersonRow).where(PersonRow.clinic_id == clinic_id, PersonRow.id == person_id)
    gone["people"] = _count(session.execute(query))
    return {name: rows for name, rows in gone.items() if rows}


def _delete_of(session: Session, table: Table, clinic_id: str, person_id: str) -> int:
    mine = [table.columns["person_id"] == person_id]
    if "clinic_id" in table.columns:
        mine.append(table.columns["clinic_id"] == clinic_id)
    return _count(session.execute(delete(table).where(and_(*mine))))


def _count(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _forget_references(session: Session, clinic_id: str, stretch: Stretch) -> None:
    measured = (
        ReferenceRow.clinic_id == clinic_id,
        ReferenceRow.sensor == stretch.sensor,
        ReferenceRow.measured_us >= stretch.start_us,
        ReferenceRow.measured_us < stretch.end_us,
    )
    ids = select(ReferenceRow.id).where(*measured)
    session.execute(
        update(SetDeclarationRow)
        .where(SetDeclarationRow.clinic_id == clinic_id, SetDeclarationRow.reference_id.in_(ids))
        .values(reference_id=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(ReferenceRow).where(*measured).execution_options(synchronize_session=False))


def _declared_inside(clinic_id: str, stretch: Stretch) -> tuple[Any, ...]:
    return (
        SetDeclarationRow.clinic_id == clinic_id,
        SetDeclarationRow.sensor == stretch.sensor,
        SetDeclarationRow.opened_us >= stretch.start_us,
        SetDeclarationRow.closed_us <= stretch.end_us,
    )


def _told(clinic_id: str, ids: Sequence[str]) -> Any:
    return select(SetDeclarationRow.id).where(
        SetDeclarationRow.clinic_id == clinic_id, SetDeclarationRow.id.in_(ids)
    )


def _unlink(session: Session, clinic_id: str, set_ids: Sequence[str]) -> None:
    """What was said about a set that is gone stays said about the person; what was measured of it goes."""
    session.execute(
        delete(FeltTempoRow).where(FeltTempoRow.clinic_id == clinic_id, FeltTempoRow.set_id.in_(set_ids))
    )
    for table in (SelfReportRow, NoteRow):
        session.execute(
            update(table).where(table.clinic_id == clinic_id, table.set_id.in_(set_ids)).values(set_id=None)
        )


def _release_prescriptions(session: Session, clinic_id: str, person_id: str) -> None:
    """Nobody else's set may hang on a prescription or reference that goes."""
    prescribed = select(PrescriptionRow.id).where(
        PrescriptionRow.clinic_id == clinic_id, PrescriptionRow.person_id == person_id
    )
    measured = select(ReferenceRow.id).where(
        ReferenceRow.clinic_id == clinic_id, ReferenceRow.person_id == person_id
    )
    for table in (SetDeclarationRow, SetRow):
        session.execute(
            update(table)
            .where(table.clinic_id == clinic_id, table.prescription_id.in_(prescribed))
            .values(prescription_id=None, prescription_version=None)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(SetDeclarationRow)
        .where(SetDeclarationRow.clinic_id == clinic_id, SetDeclarationRow.reference_id.in_(measured))
        .values(reference_id=None)
        .execution_options(synchronize_session=False)
    )


_FROM_TO: dict[Any, tuple[str, str, int]] = {  # and how far the end itself still belongs to it
    AssignmentRow: ("from_us", "to_us", 0),
    SetDeclarationRow: ("opened_us", "closed_us", 0),
    SetRow: ("started_us", "ended_us", 1),
    RecordingRow: ("started_us", "ended_us", 1),
}


def _spans(session: Session, table: Any, clinic_id: str, person_id: str, now_us: int) -> list[Stretch]:
    start_name, end_name, more_us = _FROM_TO[table]
    start, end = getattr(table, start_name), getattr(table, end_name)
    query = select(table.sensor, start, end).where(table.clinic_id == clinic_id, table.person_id == person_id)
    spans = (
        Stretch(sensor, a, now_us if b is None else b + more_us) for sensor, a, b in session.execute(query)
    )
    return [span for span in spans if span.end_us > span.start_us]


def _merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for each in sorted(stretches, key=lambda s: (s.sensor, s.start_us)):
        last = merged[-1] if merged else None
        if last is not None and last.sensor == each.sensor and each.start_us <= last.end_us:
            merged[-1] = replace(last, end_us=max(last.end_us, each.end_us))
        else:
            merged.append(each)
    return merged


def _without_others(session: Session, clinic_id: str, person_id: str, stretch: Stretch) -> list[Stretch]:
    others = SetDeclarationRow
    query = select(others.opened_us, others.closed_us).where(
        others.clinic_id == clinic_id,
        others.sensor == stretch.sensor,
        others.person_id.is_not(None),
        others.person_id != person_id,
        others.discarded_us.is_(None),
        others.opened_us < stretch.end_us,
        or_(others.closed_us.is_(None), others.closed_us > stretch.start_us),
    )
    spans = [
        (opened_us, closed_us) for opened_us, closed_us in session.execute(query.order_by(others.opened_us))
    ]
    return _outside(stretch, spans)


def _outside(stretch: Stretch, spans: Sequence[tuple[int, int | None]]) -> list[Stretch]:
    """What of a stretch no span covers; spans by their beginning, those without an end go on."""
    pieces, at_us = [], stretch.start_us
    for start_us, end_us in spans:
        if start_us > at_us:
            pieces.append(replace(stretch, start_us=at_us, end_us=min(start_us, stretch.end_us)))
        at_us = max(at_us, stretch.end_us if end_us is None else end_us)
        if at_us >= stretch.end_us:
            return [piece for piece in pieces if piece.end_us > piece.start_us]
    return [*pieces, replace(stretch, start_us=at_us)]
