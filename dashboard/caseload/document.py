"""A person's row of the caseload as it is kept, in English: all but names and what was done about it."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from analytics.coaching.alert_rules import RuleSet, rule_words
from analytics.coaching.calendar import DAYS_IN_WEEK
from analytics.coaching.flags import Flag, flags
from analytics.coaching.rep_shape import MiddleRep, middle_rep
from analytics.coaching.standing import Standing, stand
from analytics.coaching.windows import Kept
from dashboard import catalogue
from dashboard.caseload.inputs import Basis, PersonRows
from dashboard.caseload.models import Document
from tempoband.storage.records import set_digests

_WEEK_US = DAYS_IN_WEEK * 86_400_000_000


def make(session: Session, on: Basis, person_id: str, rows: PersonRows) -> tuple[Document, list[Flag]]:
    """The row and its flags; only flagged rows carry the curves of their reps."""
    standing = stand(rows.prescribed, rows.work, rows.felt, rows.worn, today=on.today, zone=on.zone)
    found = flags(standing, on.rules)
    document: dict[str, Any] = {
        "flags": [_flag(each) for each in found],
        "exercises": list(dict.fromkeys(catalogue.english_name(each.exercise) for each in rows.current)),
        "programme_week": _programme_week(standing),
        "last_set_us": standing.last_set_us,
        "week": _span(standing.week),
        "month": _span(standing.month),
        "delivered": [_named(asdict(each)) for each in standing.delivered],
        "on_tempo_share": standing.week.on_tempo_share,
        "control": standing.control,
        "control_before": standing.control_before,
        "control_weeks": list(standing.control_weeks),
        "pain": _pain(standing),
        "effort": standing.effort,
        "rep": _rep(session, on, person_id, rows, standing) if found else None,
    }
    return document, found


def _flag(flag: Flag) -> dict[str, Any]:
    return {
        "rule": flag.rule,
        "need": flag.need,
        "words": flag.words,
        "rule_words": rule_words(RuleSet(flag.rule, True, flag.limits)),
        "numbers": dict(flag.numbers),
        "limits": dict(flag.limits),
    }


def _span(kept: Kept) -> dict[str, Any]:
    return {**asdict(kept), "first": kept.first.isoformat(), "last": kept.last.isoformat()}


def _named(delivered: dict[str, Any]) -> dict[str, Any]:
    return delivered | {"exercise_name": catalogue.english_name(delivered["exercise"])}


def _programme_week(standing: Standing) -> int | None:
    if standing.first_day is None:
        return None
    return (standing.today - standing.first_day).days // DAYS_IN_WEEK + 1


def _pain(standing: Standing) -> dict[str, Any] | None:
    pain = standing.pain
    return None if pain is None else {"worst": pain.worst, "at_us": pain.at_us, "usual": pain.usual}


def _rep(
    session: Session, on: Basis, person_id: str, rows: PersonRows, standing: Standing
) -> dict[str, Any] | None:
    """This week's middle rep over the first week's, of the exercise done most."""
    first, last = standing.week.first, standing.week.last
    begun = {row.id: row for row in rows.done if first <= on.day(row.started_us) <= last}
    counts = Counter[str]()
    for row in begun.values():
        if row.id in rows.digests:
            counts[row.exercise] += len(rows.digests[row.id].shapes.get("reps", ()))
    told = [each.exercise for each in rows.current]
    exercise = counts.most_common(1)[0][0] if counts.total() else next(iter(told), None)
    if exercise is None:
        return None
    shapes = [
        rows.digests[key].shapes
        for key, row in begun.items()
        if row.exercise == exercise and key in rows.digests
    ]
    earlier = set_digests.of_first_week(session, on.clinic_id, person_id, exercise, length_us=_WEEK_US)
    now, before = middle_rep(shapes), middle_rep([each.shapes for each in earlier])
    if now is None and before is None:
        return None
    return {
        "exercise": exercise,
        "exercise_name": catalogue.english_name(exercise),
        "now": _middle(now),
        "first": _middle(before),
    }


def _middle(rep: MiddleRep | None) -> dict[str, Any] | None:
    return None if rep is None else asdict(rep)
