"""How a scored set is kept in the records: only what changed, and never a half."""

import json
from dataclasses import replace

from sqlalchemy.orm import Session

from analytics.assess import Assessed
from analytics.plans import Asked
from tempoband.contracts.events import TOLD_ENDS, SetEvent, SetStatus
from tempoband.storage.records import declarations, devices, sets
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.errors import RecordsError
from tempoband.storage.records.scored import Score, ScoredSet, SetRecord


def keep_told(
    session: Session, clinic_id: str, asked: Asked, assessed: Assessed, *, now_us: int
) -> SetEvent | None:
    """Keep a declared set, and close its declaration where the curve closed it; None if nothing changed."""
    declaration = asked.declaration
    person_id = declaration.person_id or devices.wearer_at(
        session, clinic_id, declaration.sensor, declaration.opened_us
    )
    record = _measured(
        SetRecord(
            id=declaration.id,
            sensor=declaration.sensor,
            person_id=person_id,
            declared=True,
            started_us=0,
            ended_us=0,
            status=SetStatus.OPEN,
            revision=0,
            exercise=declaration.exercise,
            kind=asked.kind,
            side=declaration.side,
            direction=declaration.direction,
            tempo=None if asked.tempo is None else str(asked.tempo),
            prescription_id=declaration.prescription_id,
            prescription_version=declaration.prescription_version,
            discarded_us=declaration.discarded_us,
        ),
        assessed,
    )
    _close_declaration(session, clinic_id, declaration, assessed)
    return _keep(session, clinic_id, record, assessed, now_us=now_us)


def keep_found(
    session: Session, clinic_id: str, sensor: str, set_id: str, assessed: Assessed, *, now_us: int
) -> SetEvent | None:
    """Keep a set that nobody told; None if nothing changed."""
    person_id = devices.wearer_at(session, clinic_id, sensor, assessed.started_us)
    record = SetRecord(
        id=set_id,
        sensor=sensor,
        person_id=person_id,
        declared=False,
        started_us=0,
        ended_us=0,
        status=SetStatus.OPEN,
        revision=0,
    )
    return _keep(session, clinic_id, _measured(record, assessed), assessed, now_us=now_us)


def _measured(record: SetRecord, assessed: Assessed) -> SetRecord:
    return replace(
        record,
        started_us=assessed.started_us,
        ended_us=assessed.ended_us,
        status=assessed.status,
        close_reason=assessed.closing.reason if assessed.closing else None,
        coverage=assessed.coverage.share,
        lost_samples=assessed.coverage.lost_samples,
    )


def _close_declaration(
    session: Session, clinic_id: str, declaration: SetDeclaration, assessed: Assessed
) -> None:
    closing = assessed.closing
    if closing is None or (closing.reason in TOLD_ENDS and declaration.closed_us is not None):
        return
    if declaration.closed_us is None:
        declarations.close(session, clinic_id, declaration.id, closing.at_us, closing.reason)
    elif (declaration.closed_us, declaration.close_reason) != (closing.at_us, closing.reason):
        told = replace(declaration, closed_us=closing.at_us, close_reason=closing.reason)
        declarations.tell(session, clinic_id, told)


def _keep(
    session: Session, clinic_id: str, record: SetRecord, assessed: Assessed, *, now_us: int
) -> SetEvent | None:
    """Save as the next revision unless the records already say the same."""
    document = json.loads(json.dumps(assessed.score.to_dict()))
    score = Score.from_dict(document, scored_us=now_us)
    known = _known(session, clinic_id, record.id)
    if known is not None:
        same = replace(
            record, revision=known.set.revision, discarded_us=record.discarded_us or known.set.discarded_us
        )
        if same == known.set and known.score == replace(score, scored_us=_scored_us(known)):
            return None
        record = replace(same, revision=known.set.revision + 1)
    else:
        record = replace(record, revision=1)
    sets.save(session, clinic_id, record, score)
    sets.forget_steps(session, clinic_id, record.id)
    return _event(record, score)


def _known(session: Session, clinic_id: str, set_id: str) -> ScoredSet | None:
    try:
        return sets.get(session, clinic_id, set_id)
    except RecordsError:
        return None


def _scored_us(known: ScoredSet) -> int:
    return known.score.scored_us if known.score else 0


def _event(record: SetRecord, score: Score) -> SetEvent:
    return SetEvent(
        sensor=record.sensor,
        set_id=record.id,
        status=SetStatus.DISCARDED if record.discarded_us else record.status,
        revision=record.revision,
        scoring_version=score.scoring_version,
        coverage=record.coverage,
        close_reason=record.close_reason,
        reps=score.rep_count,
    )
