"""Sets with their scores and reps: the newest revision shown, the older ones kept beside it."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import UNKNOWN_EXERCISE
from tempoband.storage.records.errors import not_found
from tempoband.storage.records.rows import record, records, values
from tempoband.storage.records.scored import Revision, Score, ScoredSet, SetRecord
from tempoband.storage.records.tables import RepRow, ScoreRow, SetRow


def save(session: Session, clinic_id: str, item: SetRecord, score: Score | None = None) -> bool:
    """Keep a set and its score; a known revision, or an older one, changes nothing.

    A discarded set stays discarded whatever is scored later.

    Returns:
        Whether anything was kept.
    """
    row = session.get(SetRow, (clinic_id, item.id))
    if row is not None and row.revision >= item.revision:
        return False
    if row is None:
        session.add(SetRow(clinic_id=clinic_id, **values(item)))
    else:
        for name, value in values(item).items():
            if name != "discarded_us" or value is not None:
                setattr(row, name, value)
    session.flush()
    if score is not None:
        _add_score(session, clinic_id, item, score)
    return True


def _add_score(session: Session, clinic_id: str, item: SetRecord, score: Score) -> None:
    key = {"clinic_id": clinic_id, "set_id": item.id, "revision": item.revision}
    columns = {name: value for name, value in values(score).items() if name != "reps"}
    state = {name: getattr(item, name) for name in ("status", "coverage", "started_us", "ended_us")}
    session.add(ScoreRow(**key, **state, **columns))
    session.flush()
    session.add_all(RepRow(**key, position=n, result=rep) for n, rep in enumerate(score.reps))
    session.flush()


def forget_steps(session: Session, clinic_id: str, set_id: str) -> None:
    """Delete the scorings made before a set was over and its samples there; the newest one always stays."""
    steps = ScoreRow.status.in_((SetStatus.OPEN, SetStatus.PROVISIONAL))
    of_set = (ScoreRow.clinic_id == clinic_id, ScoreRow.set_id == set_id)
    newest = select(SetRow.revision).where(SetRow.clinic_id == clinic_id, SetRow.id == set_id)
    older = (*of_set, steps, ScoreRow.revision < newest.scalar_subquery())
    session.execute(delete(ScoreRow).where(*older).execution_options(synchronize_session=False))


def score_again(session: Session, clinic_id: str, set_id: str) -> None:
    """Mark a set as not settled: what was told about it has changed, and analytics looks at it again."""
    row = session.get(SetRow, (clinic_id, set_id))
    if row is not None and row.status is not SetStatus.OPEN:
        row.status = SetStatus.PROVISIONAL
        session.flush()


def delete_sets(session: Session, clinic_id: str, set_ids: Sequence[str]) -> int:
    """Delete sets, told ones too, with every score, as when they are merged into another.

    Returns:
        How many were deleted.
    """
    rows = session.scalars(select(SetRow).where(SetRow.clinic_id == clinic_id, SetRow.id.in_(set_ids))).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)


def undiscard(session: Session, clinic_id: str, set_id: str) -> None:
    """Take a set back into lists and sums; nothing happens to one that was never scored."""
    row = session.get(SetRow, (clinic_id, set_id))
    if row is not None:
        row.discarded_us = None
        session.flush()


def discard(session: Session, clinic_id: str, set_id: str, at_us: int) -> SetRecord:
    """Take a set out of lists and sums; its scores stay.

    Raises:
        RecordsError: NOT_FOUND.
    """
    row = _row(session, clinic_id, set_id)
    if row.discarded_us is None:
        row.discarded_us = at_us
        session.flush()
    return record(SetRecord, row)


def delete_found(session: Session, clinic_id: str, set_ids: Sequence[str]) -> int:
    """Delete sets that the finder no longer finds, scores and all; declared sets are never touched.

    Returns:
        How many were deleted.
    """
    rows = session.scalars(
        select(SetRow).where(
            SetRow.clinic_id == clinic_id, SetRow.id.in_(set_ids), SetRow.declared.is_(False)
        )
    ).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)


def get(session: Session, clinic_id: str, set_id: str) -> ScoredSet:
    """One set with its newest score.

    Raises:
        RecordsError: NOT_FOUND.
    """
    item = record(SetRecord, _row(session, clinic_id, set_id))
    return _with_scores(session, clinic_id, [item])[0]


def find(session: Session, clinic_id: str, set_id: str) -> ScoredSet | None:
    """One set with its newest score, or None."""
    row = session.get(SetRow, (clinic_id, set_id))
    return None if row is None else _with_scores(session, clinic_id, [record(SetRecord, row)])[0]


def touching(
    session: Session,
    clinic_id: str,
    sensor: str,
    start_us: int,
    end_us: int,
    *,
    declared: bool | None = None,
) -> list[SetRecord]:
    """Sets of a sensor, discarded ones too, that overlap start_us <= t < end_us, by time."""
    query = select(SetRow).where(
        SetRow.clinic_id == clinic_id,
        SetRow.sensor == sensor,
        SetRow.started_us < end_us,
        SetRow.ended_us >= start_us,
    )
    if declared is not None:
        query = query.where(SetRow.declared.is_(declared))
    return records(SetRecord, session.scalars(query.order_by(SetRow.started_us)))


def latest(
    session: Session,
    clinic_id: str,
    *,
    limit: int = 20,
    person_id: str | None = None,
    sensor: str | None = None,
    before_us: int | None = None,
    exercise: str | None = None,
) -> list[ScoredSet]:
    """The newest sets that are not discarded, newest first, with reps and scores."""
    query = select(SetRow).where(SetRow.clinic_id == clinic_id, SetRow.discarded_us.is_(None))
    if person_id is not None:
        query = query.where(SetRow.person_id == person_id)
    if sensor is not None:
        query = query.where(SetRow.sensor == sensor)
    if before_us is not None:
        query = query.where(SetRow.started_us < before_us)
    if exercise is not None:
        query = query.where(SetRow.exercise == exercise)
    rows = session.scalars(query.order_by(SetRow.started_us.desc(), SetRow.id).limit(limit))
    return _with_scores(session, clinic_id, records(SetRecord, rows))


def of_person(
    session: Session, clinic_id: str, person_id: str, *, start_us: int, end_us: int, exercise: str = ""
) -> list[ScoredSet]:
    """A person's sets begun in start_us <= t < end_us, oldest first, discarded ones left out.

    ``exercise`` limits them to one exercise and to those nobody has labelled.
    """
    query = select(SetRow).where(
        SetRow.clinic_id == clinic_id,
        SetRow.person_id == person_id,
        SetRow.discarded_us.is_(None),
        SetRow.started_us >= start_us,
        SetRow.started_us < end_us,
    )
    if exercise:
        query = query.where(SetRow.exercise.in_((exercise, UNKNOWN_EXERCISE)))
    rows = session.scalars(query.order_by(SetRow.started_us, SetRow.id))
    return _with_scores(session, clinic_id, records(SetRecord, rows))


def revisions(session: Session, clinic_id: str, set_id: str) -> list[Revision]:
    """Every scoring of a set that was kept, oldest first.

    Raises:
        RecordsError: NOT_FOUND.
    """
    _row(session, clinic_id, set_id)
    rows = session.scalars(
        select(ScoreRow)
        .where(ScoreRow.clinic_id == clinic_id, ScoreRow.set_id == set_id)
        .order_by(ScoreRow.revision)
    ).all()
    reps = _reps(session, clinic_id, [(set_id, row.revision) for row in rows])
    return [
        Revision(
            row.revision,
            row.status,
            row.coverage,
            row.started_us,
            row.ended_us,
            _score(row, reps[set_id, row.revision]),
        )
        for row in rows
    ]


def _with_scores(session: Session, clinic_id: str, items: Sequence[SetRecord]) -> list[ScoredSet]:
    ids = [item.id for item in items]
    same_revision = (
        (SetRow.clinic_id == ScoreRow.clinic_id)
        & (SetRow.id == ScoreRow.set_id)
        & (SetRow.revision == ScoreRow.revision)
    )
    query = select(ScoreRow).join(SetRow, same_revision)
    rows = session.scalars(query.where(ScoreRow.clinic_id == clinic_id, ScoreRow.set_id.in_(ids)))
    newest = {row.set_id: row for row in rows}
    reps = _reps(session, clinic_id, [(row.set_id, row.revision) for row in newest.values()])
    return [
        ScoredSet(item, None if row is None else _score(row, reps[item.id, row.revision]))
        for item in items
        for row in [newest.get(item.id)]
    ]


def _reps(
    session: Session, clinic_id: str, keys: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], list[dict[str, Any]]]:
    grouped: dict[tuple[str, int], list[dict[str, Any]]] = {key: [] for key in keys}
    query = select(RepRow).where(
        RepRow.clinic_id == clinic_id, tuple_(RepRow.set_id, RepRow.revision).in_(keys)
    )
    for rep in session.scalars(query.order_by(RepRow.position)):
        grouped[rep.set_id, rep.revision].append(rep.result)
    return grouped


def _score(row: ScoreRow, reps: Sequence[dict[str, Any]]) -> Score:
    names = [field.name for field in fields(Score) if field.name != "reps"]
    return Score(**{name: getattr(row, name) for name in names}, reps=tuple(reps))


def _row(session: Session, clinic_id: str, set_id: str) -> SetRow:
    row = session.get(SetRow, (clinic_id, set_id))
    if row is None:
        raise not_found("set", set_id)
    return row
