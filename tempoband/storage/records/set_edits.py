"""Splitting and merging sets afterwards, in the records; analytics then scores what came of it.

Only what was told changes: the samples stay, and so does the score history of the set that keeps its id. An
end told here is ``edited``: neither stillness nor target ends such a set earlier. The caller audits the edit
in the same transaction, and nudges analytics with ``declared``.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import update
from sqlalchemy.orm import Session

from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, Side
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.records import declarations, sets
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.errors import conflict, invalid, not_found
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.scored import ScoredSet, SetRecord
from tempoband.storage.records.tables import FeltTempoRow, NoteRow, SelfReportRow
from tempoband.words.phrases import phrased


def declared_from(found: SetRecord, *, by: str) -> SetDeclaration:
    """A found set as if somebody had told of it, with its own id and times."""
    return SetDeclaration(
        id=found.id,
        sensor=found.sensor,
        person_id=found.person_id,
        opened_us=found.started_us,
        closed_us=found.ended_us,
        close_reason=CloseReason.HAND,
        by=by,
        exercise=found.exercise,
        side=found.side or Side.BOTH,
        tempo=found.tempo,
    )


def between_reps(scored: ScoredSet, after_rep: int) -> int:
    """The instant (UTC microseconds) in the middle between a rep and the next, to split there.

    Args:
        scored: the set with its score.
        after_rep: number of the rep before the split, from 1.

    Raises:
        RecordsError: INVALID, when there is no rep on both sides.
    """
    reps = scored.score.reps if scored.score else ()
    if not 1 <= after_rep < len(reps):
        raise invalid(
            phrased(
                "there are {reps} reps: split after one of the first {most}",
                reps=len(reps),
                most=max(len(reps) - 1, 0),
            )
        )
    before, after = reps[after_rep - 1], reps[after_rep]
    middle_s: float = (before["eccentric_end_s"] + after["concentric_start_s"]) / 2
    return scored.set.started_us + round(middle_s * MICROSECONDS_PER_SECOND)


def split(
    session: Session, clinic_id: str, set_id: str, at_us: int, *, by: str
) -> tuple[SetDeclaration, SetDeclaration]:
    """Make two sets of one: up to ``at_us`` under the old id, from there on under a new one.

    Raises:
        RecordsError: NOT_FOUND; CONFLICT while it is open or when it is discarded; INVALID when ``at_us``
            does not lie inside it.
    """
    whole = _told(session, clinic_id, set_id, by)
    if whole.closed_us is None or not whole.opened_us < at_us < whole.closed_us:
        raise invalid("split inside the set: after its beginning and before its end")
    first = replace(whole, closed_us=at_us, close_reason=CloseReason.EDITED)
    rest = replace(whole, id=new_id(), opened_us=at_us, close_reason=CloseReason.EDITED, by=by)
    _tell_anew(session, clinic_id, first)
    _tell_anew(session, clinic_id, rest)
    return first, rest


def merge(session: Session, clinic_id: str, set_ids: Sequence[str], *, by: str) -> SetDeclaration:
    """Make one set of several neighbours on one sensor, under the id of the first; the others are gone.

    What was said about the others (pain, effort, notes) is now said about the one.

    Raises:
        RecordsError: NOT_FOUND; INVALID for fewer than two; CONFLICT when one is open or discarded, when they
            are of different sensors, people, exercises or sides, or when another told set lies between.
    """
    parts = [_told(session, clinic_id, each, by) for each in dict.fromkeys(set_ids)]
    parts.sort(key=lambda part: part.opened_us)
    if len(parts) < 2:
        raise invalid("merging takes two sets or more")
    merged = replace(
        _labels(parts),
        opened_us=parts[0].opened_us,
        closed_us=max(part.closed_us or 0 for part in parts),
        close_reason=CloseReason.EDITED,
    )
    others = [part.id for part in parts[1:]]
    for each in others:
        if declarations.find(session, clinic_id, each) is not None:
            declarations.remove(session, clinic_id, each)
    _tell_anew(session, clinic_id, merged)
    _move_words(session, clinic_id, others, merged.id)
    sets.delete_sets(session, clinic_id, others)
    return merged


def undiscard(session: Session, clinic_id: str, set_id: str) -> None:
    """Take back that this was no set.

    Raises:
        RecordsError: NOT_FOUND.
    """
    if declarations.find(session, clinic_id, set_id) is None:
        raise not_found("set", set_id)
    declarations.undiscard(session, clinic_id, set_id)
    sets.undiscard(session, clinic_id, set_id)
    sets.score_again(session, clinic_id, set_id)


def _told(session: Session, clinic_id: str, set_id: str, by: str) -> SetDeclaration:
    told = declarations.find(session, clinic_id, set_id)
    found = sets.find(session, clinic_id, set_id)
    if told is None and found is None:
        raise not_found("set", set_id)
    if told is None and found is not None:
        told = declared_from(found.set, by=by)
    if told is None or told.discarded_us is not None:
        raise conflict("a discarded set cannot be split or merged: take it back first")
    if told.closed_us is None:
        raise conflict("an open set cannot be split or merged: end it first")
    return told


def _tell_anew(session: Session, clinic_id: str, told: SetDeclaration) -> None:
    """Tell it, and have it scored: found sets in its time give way."""
    declarations.tell(session, clinic_id, told)
    span = (told.opened_us, told.closed_us or told.opened_us)
    covered = sets.touching(session, clinic_id, told.sensor, *span, declared=False)
    sets.delete_found(session, clinic_id, [item.id for item in covered if item.id != told.id])
    sets.score_again(session, clinic_id, told.id)


def _labels(parts: Sequence[SetDeclaration]) -> SetDeclaration:
    """The first set, labelled as the first one that has labels."""
    if len({part.sensor for part in parts}) > 1:
        raise conflict("only sets of one sensor can be merged")
    if len({part.person_id for part in parts} - {None}) > 1:
        raise conflict("these sets were done by different people")
    known = [part for part in parts if part.exercise != UNKNOWN_EXERCISE]
    if len({(part.exercise, part.side) for part in known}) > 1:
        raise conflict("these sets are of different exercises or sides: correct that first")
    labelled = known[0] if known else parts[0]
    person_id = next((part.person_id for part in parts if part.person_id is not None), None)
    return replace(labelled, id=parts[0].id, person_id=person_id)


def _move_words(session: Session, clinic_id: str, from_ids: Sequence[str], to_id: str) -> None:
    for table in (SelfReportRow, NoteRow, FeltTempoRow):
        session.execute(
            update(table).where(table.clinic_id == clinic_id, table.set_id.in_(from_ids)).values(set_id=to_id)
        )
